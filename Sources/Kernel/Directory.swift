import CLinux

/// Queries about paths. They follow links unless they say otherwise, and treat what they can't examine as missing.
public enum Directory {
    /// True for a dangling link, too. The corresponding C function is `lstat`.
    public static func isName(_ path: String) -> Bool { hasNoZero(path) && linux_is_name(path) }

    /// Whether this process may list the directory. The corresponding C function is `access`, for the real user.
    public static func isReadable(_ path: String) -> Bool { hasNoZero(path) && access(path, R_OK) == 0 }

    /// The names in a directory, unsorted, without `.`, `..` and names that aren't UTF-8; empty if it can't be read.
    ///
    /// - Parameter limit: names beyond this number are left out.
    public static func names(in path: String, limit: Int = 100_000) -> [String] {
        guard hasNoZero(path), let directory = linux_directory_open(path) else { return [] }
        defer { linux_directory_close(directory) }
        var names: [String] = []
        while names.count < limit, let entry = linux_directory_next(directory) {
            let name = String(cString: entry)
            // A name that had to be repaired refers to no file.
            guard strcmp(name, entry) == 0 else { continue }
            if strcmp(entry, ".") != 0, strcmp(entry, "..") != 0 { names.append(name) }
        }
        return names
    }

    /// The corresponding C function is `getcwd`; `/` if it fails, as for a directory that was removed.
    public static var current: String {
        var buffer = [CChar](repeating: 0, count: 4097)
        guard let path = getcwd(&buffer, buffer.count) else { return "/" }
        return String(cString: path)
    }

    /// Splits `/run/init.ctl` into `/run/` and `init.ctl`; the folder of a bare name is `./`.
    public static func split(_ path: String) -> (folder: String, name: String) {
        // Works on bytes: slicing a string at its indices links the code that finds character boundaries.
        let bytes = path.bytes
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return ("./", path) }
        return (
            String(decoding: bytes[...slash], as: UTF8.self), String(decoding: bytes[(slash + 1)...], as: UTF8.self)
        )
    }

    /// A C path ends at the first zero byte, so such a path would name another file.
    private static func hasNoZero(_ path: String) -> Bool { !path.bytes.contains(0) }
}

/// Facts about this process and this machine.
public enum Machine {
    /// `uname`'s node name.
    public static var hostName: String {
        String(unsafeUninitializedCapacity: 256) { buffer in
            linux_host_name(buffer.baseAddress, buffer.count)
            return buffer.firstIndex(of: 0) ?? 0
        }
    }

    /// Bytes.
    public static var pageSize: Int { Int(getpagesize()) }

    /// The real user of this process.
    public static var user: Int { Int(getuid()) }

    /// The environment in its order, without entries that lack a `=`; bytes that aren't UTF-8 are replaced.
    public static var environment: [(name: String, value: String)] {
        guard var entry = linux_environment() else { return [] }
        var variables: [(name: String, value: String)] = []
        while let text = entry.pointee {
            if let equals = strchr(text, Int32(UInt8(ascii: "="))) {
                // Works on bytes: string indices cost kilobytes of code.
                let name = UnsafeRawBufferPointer(start: text, count: equals - text)
                variables.append((String(decoding: name, as: UTF8.self), String(cString: equals + 1)))
            }
            entry += 1
        }
        return variables
    }
}
