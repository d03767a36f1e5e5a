/// What `ctl` and its translator exchange beyond the control protocol. The translator is the gateway executable in
/// client mode (`gateway client`): it sends over HTTP the requests that it gets over the control protocol.
public enum TranslatorProtocol {
    /// The descriptor of the translator's end of the connection.
    public static let descriptor: Int32 = 3
    /// The first request: URL, user name and password; the latter two are left out if there are none. Unlike in
    /// arguments or an environment, no other process sees them here.
    public static let begin = "translator.begin"

    /// Fault codes for what no server reports. They are larger than any XML-RPC integer.
    public enum FaultCode: Int, Sendable {
        /// No connection could be made; the text is the error's number.
        case unreachable = 0x1_0000_0000
        /// The server requires a password, or another one ("401"); the text is the reason that it gives.
        case unauthorized
        /// An error that is a Python exception in supervisorctl: its name, a newline, its text.
        case exception
        /// There is no stream to follow; the text is the HTTP status.
        case noStream
    }
}
