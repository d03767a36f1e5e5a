/// `/etc/hosts`, read by hand: the C library's look-ups ask name servers, and the supervisor must not wait for any.
public enum HostsFile {
    /// The first IPv4 address of a name, as it is written there; nil when there is none.
    public static func address(of name: String, in bytes: [UInt8]) -> String? {
        let wanted = Text(name).lowercased
        for line in Text(bytes).split(by: ASCII.newline) {
            let words = Text(line.bytes.prefix { $0 != UInt8(ascii: "#") }).words
            guard let address = words.first, !address.bytes.contains(ASCII.colon) else { continue }
            if words.dropFirst().contains(where: { $0.lowercased == wanted }) { return address.string }
        }
        return nil
    }

    /// True for a host, a number or a name, that only this machine reaches. A name that nobody knows is not.
    ///
    /// - Parameter hosts: `/etc/hosts`, asked for names only.
    static func isLoopback(_ host: String, hosts: () -> FileContents) -> Bool {
        if host == "::1" || host == "[::1]" { return true }
        let text = Text(host)
        if isNumber(text) { return text.hasPrefix("127.") }
        if case .bytes(let bytes) = hosts(), let address = address(of: host, in: bytes) {
            return Text(address).hasPrefix("127.")
        }
        return text.is("localhost")
    }

    private static func isNumber(_ text: Text) -> Bool {
        for byte in text.bytes where byte != UInt8(ascii: ".") && !(ASCII.zero...ASCII.nine).contains(byte) {
            return false
        }
        return true
    }
}
