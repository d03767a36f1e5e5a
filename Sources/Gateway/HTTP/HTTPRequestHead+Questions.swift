import NIOHTTP1

extension HTTPRequestHead {
    /// Its path is exactly this one.
    func isFor(_ path: String) -> Bool {
        uri.utf8.prefix { $0 != UInt8(ascii: "?") }.elementsEqual(path.utf8)
    }

    /// A body follows, of a known length or not.
    var announcesBody: Bool {
        headers.contains(name: "Transfer-Encoding") || headers["Content-Length"].contains { Int($0) != 0 }
    }
}
