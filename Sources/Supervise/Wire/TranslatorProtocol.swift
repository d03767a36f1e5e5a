/// What `ctl` and its translator say to each other beyond the control protocol. The translator is the gateway executable
/// in client mode (`gateway client`): it asks over HTTP what it is asked over the control protocol.
public enum TranslatorProtocol {
    /// The descriptor that the translator finds its end of the connection at.
    public static let descriptor: Int32 = 3
    /// The first request: URL, user name and password; the latter two are left out where there are none. Here they are
    /// seen by nobody else, unlike in arguments or an environment.
    public static let begin = "translator.begin"

    /// Fault codes for what no server says. They are larger than an integer of XML-RPC.
    public enum Trouble: Int, Sendable {
        /// Nobody could be connected to; the text is the error's number.
        case unreachable = 0x1_0000_0000
        /// The server wants a password, or another one ("401"); the text is the reason that it gives.
        case unauthorized
        /// Something that supervisorctl has an exception of Python for: its name, a newline, its text.
        case exception
        /// There is no stream to follow; the text is the status of HTTP.
        case noStream
    }
}
