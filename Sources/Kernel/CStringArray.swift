import CLinux

/// A null-terminated array of C strings, as execve takes arguments and an environment.
///
/// The strings are in one allocation. An array derived from another shares its strings, so a thousand programs with
/// nearly the same environment cost a thousand arrays of pointers and no copies.
public final class CStringArray {
    private let bytes: UnsafeMutablePointer<CChar>
    private let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    /// Keeps the strings alive that `pointers` also points to.
    private let base: CStringArray?
    /// The number of strings, without the terminating null.
    public let count: Int

    /// A zero byte inside a string ends it, as it does for execve.
    public init(_ strings: [[UInt8]]) {
        count = strings.count
        base = nil
        bytes = Self.joined(strings)
        pointers = .allocate(capacity: count &+ 1)
        var next = bytes
        for (index, string) in strings.enumerated() {
            pointers[index] = next
            next += string.count &+ 1
        }
        pointers[count] = nil
    }

    public convenience init(_ strings: [String]) {
        self.init(strings.map { $0.bytes })
    }

    /// The environment `base`, where `strings`, each of the form `NAME=value`, replace the variables of their names.
    public init(environment base: CStringArray, with strings: [[UInt8]]) {
        self.base = base
        bytes = Self.joined(strings)
        pointers = .allocate(capacity: base.count &+ strings.count &+ 1)
        var kept = 0
        for index in 0..<base.count {
            guard let entry = base.pointers[index], !strings.contains(where: { Self.haveSameName(entry, $0) }) else {
                continue
            }
            pointers[kept] = entry
            kept &+= 1
        }
        var next = bytes
        for string in strings {
            pointers[kept] = next
            kept &+= 1
            next += string.count &+ 1
        }
        pointers[kept] = nil
        count = kept
    }

    /// A copy of the process's current environment.
    public static func ofProcess() -> CStringArray { CStringArray(copying: linux_environ()) }

    private init(copying entries: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) {
        var (found, size) = (0, 0)
        while let entry = entries?[found] {
            size &+= strlen(entry) &+ 1
            found &+= 1
        }
        count = found
        base = nil
        bytes = .allocate(capacity: max(size, 1))
        pointers = .allocate(capacity: count &+ 1)
        var next = bytes
        for index in 0..<count {
            guard let entry = entries?[index] else { break }
            pointers[index] = next
            let length = strlen(entry) &+ 1
            memcpy(next, entry, length)
            next += length
        }
        pointers[count] = nil
    }

    /// The strings of a C array: at most `count`, and none after a null.
    public static func bytes(
        count: Int32, _ array: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    ) -> [[UInt8]] {
        var strings: [[UInt8]] = []
        for index in 0..<max(Int(count), 0) {
            guard let string = array[index] else { break }
            strings.append(Array(UnsafeRawBufferPointer(start: string, count: strlen(string))))
        }
        return strings
    }

    deinit {
        bytes.deallocate()
        pointers.deallocate()
    }

    /// The bytes of one string; empty if there is none.
    public subscript(index: Int) -> [UInt8] {
        guard index >= 0, index < count, let string = pointers[index] else { return [] }
        return Array(UnsafeRawBufferPointer(start: string, count: strlen(string)))
    }

    /// The value of a variable, if the array is an environment.
    public func value(of name: String) -> [UInt8]? { value(of: name.bytes) }

    public func value(of name: [UInt8]) -> [UInt8]? {
        for index in 0..<count {
            guard let entry = pointers[index], Self.isNamed(name, entry) else { continue }
            return Array(self[index].dropFirst(name.count &+ 1))
        }
        return nil
    }

    /// Valid only while the array lives: keep it alive around the call.
    var argument: UnsafePointer<UnsafeMutablePointer<CChar>?> { UnsafePointer(pointers) }

    private static func joined(_ strings: [[UInt8]]) -> UnsafeMutablePointer<CChar> {
        let size = strings.reduce(0) { $0 &+ $1.count &+ 1 }
        let bytes = UnsafeMutablePointer<CChar>.allocate(capacity: max(size, 1))
        var at = 0
        for string in strings {
            for byte in string {
                bytes[at] = CChar(bitPattern: byte)
                at &+= 1
            }
            bytes[at] = 0
            at &+= 1
        }
        return bytes
    }

    private static func isNamed(_ name: [UInt8], _ entry: UnsafePointer<CChar>) -> Bool {
        var index = 0
        while index < name.count, UInt8(bitPattern: entry[index]) == name[index], entry[index] != 0 { index &+= 1 }
        return index == name.count && entry[index] == CChar(bitPattern: UInt8(ascii: "="))
    }

    /// Whether the parts before the `=` are the same; of an entry without one, all of it counts.
    private static func haveSameName(_ entry: UnsafePointer<CChar>, _ string: [UInt8]) -> Bool {
        let equals = UInt8(ascii: "=")
        var index = 0
        while index < string.count, string[index] != equals {
            guard entry[index] != 0, UInt8(bitPattern: entry[index]) == string[index] else { return false }
            index &+= 1
        }
        return entry[index] == 0 || UInt8(bitPattern: entry[index]) == equals
    }
}
