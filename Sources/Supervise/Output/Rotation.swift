/// The names and the order in which a full log file is put aside: `log` to `log.1`, `log.1` to `log.2`, ...
///
/// - Source: supervisord's RotatingFileHandler, which looks after each write, keeps at most `backups` files and
///   passes over numbers that are missing.
public enum Rotation {
    public struct Rename: Equatable, Sendable {
        public var from: String
        public var to: String

        public init(from: String, to: String) {
            self.from = from
            self.to = to
        }
    }

    /// True when a file that has grown to `size` is to be put aside. `maxBytes` 0 means never.
    public static func isDue(size: Int, maxBytes: Int) -> Bool {
        maxBytes > 0 && size >= maxBytes
    }

    /// The renames, in order; none when `backups` is 0, where the file is only emptied.
    ///
    /// - Parameter exists: asked for the numbers below `backups`, from the highest.
    public static func renames(of path: String, backups: Int, exists: (Int) -> Bool) -> [Rename] {
        guard backups > 0 else { return [] }
        var renames: [Rename] = []
        var number = backups - 1
        while number > 0 {
            if exists(number) { renames.append(Rename(from: "\(path).\(number)", to: "\(path).\(number + 1)")) }
            number -= 1
        }
        renames.append(Rename(from: path, to: "\(path).1"))
        return renames
    }

    /// The number of a file in a folder that is a backup of `name`: 3 for `log.3`.
    public static func number(of file: String, backupOf name: String) -> Int? {
        let file = file.bytes
        let name = name.bytes
        guard file.count > name.count + 1, file.count <= name.count + 10, file.starts(with: name),
            file[name.count] == UInt8(ascii: "."), file[name.count + 1] != UInt8(ascii: "0")
        else { return nil }
        var number = 0
        for byte in file[(name.count + 1)...] {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            number = number * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return number
    }
}
