import NIOCore
import NIOHTTP1

/// The host that a request is for (RFC 9110, section 7.2).
enum HostCheck {
    /// HTTP/1.1 has exactly one; with two, a client could choose which one a proxy and this server use.
    static func isWellFormed(_ head: HTTPRequestHead) -> Bool {
        let count = head.headers["Host"].count
        return count == 1 || count == 0 && (head.version.major, head.version.minor) < (1, 1)
    }
}

/// Which `Host` values a server without a password accepts.
///
/// A page of another site can make its name resolve to this machine (DNS rebinding): its requests come here then, and
/// the browser treats both as one site. But it can't change the name in `Host`. So the server accepts only names that
/// no other site can own: addresses, `localhost`, what the server is bound to, and what the configuration lists.
struct AllowedHosts {
    /// What every server accepts. `.localhost` leads nowhere else (RFC 6761).
    private static let loopbackNames: Set<String> = [
        "localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback",
    ]

    private let names: Set<String>
    private let addresses: [[UInt8]]
    private let allowsAll: Bool
    /// Bound to every interface: any address may belong to the machine, or to what forwards a port to it.
    private let isEverywhere: Bool
    /// Reachable from other machines.
    private let isOpen: Bool

    /// - Parameters:
    ///   - address: `host:port`, as init has bound it; `*` for every interface.
    ///   - listed: `allowed_hosts` of the section.
    init(address: String, listed: [String]) {
        let host = Self.host(address) ?? ""
        let bound = Self.bytes(host)
        isEverywhere = host == "*" || host.isEmpty || (bound.map { $0.allSatisfy { $0 == 0 } } ?? false)
        isOpen = isEverywhere || !(bound.map(Self.isLoopback) ?? Self.isLoopback(name: host))
        names = Set(listed + [host])
        addresses = ([host] + listed).compactMap(Self.bytes)
        allowsAll = listed.contains("*")
    }

    /// - Parameter header: nil: an HTTP/1.0 client, which is not a browser.
    func accepts(_ header: String?) -> Bool {
        guard let header, !allowsAll else { return true }
        guard let host = Self.host(header), !host.isEmpty else { return false }
        if let bytes = Self.bytes(host) {
            return isEverywhere || Self.isLoopback(bytes) || addresses.contains(bytes)
        }
        if Self.isLoopback(name: host) || names.contains(host) { return true }
        // A name of one label resolves in the local network, such as another container's name: it can't be registered.
        return isOpen && !host.contains(".")
    }

    private static func isLoopback(name: String) -> Bool {
        loopbackNames.contains(name) || name.hasSuffix(".localhost")
    }

    private static func isLoopback(_ bytes: [UInt8]) -> Bool {
        bytes.count == 4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
    }

    /// Without the port, the brackets and a trailing dot, in lower case; nil if it is neither a name nor an address.
    static func host(_ text: String) -> String? {
        var host = text.lowercased()[...]
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { return nil }
            let port = host[host.index(after: end)...]
            guard port.isEmpty || port.hasPrefix(":") && isPort(port.dropFirst()) else { return nil }
            return String(host[host.index(after: host.startIndex)..<end])
        }
        if let colon = host.lastIndex(of: ":") {
            guard isPort(host[host.index(after: colon)...]) else { return nil }
            host = host[..<colon]
        }
        if host.hasSuffix(".") { host = host.dropLast() }
        return String(host)
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.utf8.count <= 5 && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// Bytes of an address: 4 or 16; an IPv4 address in IPv6 form has 4.
    static func bytes(_ host: String) -> [UInt8]? {
        switch try? SocketAddress(ipAddress: host, port: 0) {
        case .v4(let address): return withUnsafeBytes(of: address.address) { Array($0[4..<8]) }  // sin_addr
        case .v6(let address):
            let bytes = withUnsafeBytes(of: address.address) { Array($0[8..<24]) }  // sin6_addr
            let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
            return isMapped ? Array(bytes[12...]) : bytes
        case .unixDomainSocket, nil: return nil
        }
    }

    /// What to do about it.
    static func refusal(_ header: String, _ section: String) -> String {
        // It is shown as text, and its sender is untrusted.
        let shown = String(decoding: header.utf8.prefix(100).filter { (0x21...0x7e).contains($0) }, as: UTF8.self)
        return "This server has no password, so it answers only to names that no other site can take, and \"\(shown)\" "
            + "is not one of them. Use localhost or the server's address, set username= and password= in [\(section)], "
            + "or list the name in its allowed_hosts=."
    }
}
