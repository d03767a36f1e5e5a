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
}
