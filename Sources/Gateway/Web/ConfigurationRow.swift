import Supervise

/// Finds one program in init's answer about the configuration, which may be as long as a megabyte: only its row is decoded.
enum ConfigurationRow {
    static func find(group: String, name: String, in answer: EncodedValue) -> Value? {
        let (group, name) = (Array(group.utf8), Array(name.utf8))
        let range = answer.bytes.withUnsafeBytes { bytes -> Range<Int>? in
            var cursor = WireCursor(bytes)
            guard cursor.byte() == 4, let count = cursor.count() else { return nil }
            for _ in 0..<count {
                let start = cursor.position
                guard cursor.byte() == 5, let members = cursor.count() else { return nil }
                var found = 0
                for _ in 0..<members {
                    guard let key = cursor.text() else { return nil }
                    let value = cursor.position
                    guard cursor.skip() else { return nil }
                    guard key.elementsEqual("group".utf8) || key.elementsEqual("name".utf8) else { continue }
                    // A tag and a length stand before the text.
                    let text = bytes[min(value + 5, cursor.position)..<cursor.position]
                    if text.elementsEqual(key.elementsEqual("group".utf8) ? group : name) { found += 1 }
                }
                if found == 2 { return start..<cursor.position }
            }
            return nil
        }
        return range.flatMap { EncodedValue(bytes: Array(answer.bytes[$0])).value }
    }
}

extension WireCursor {
    /// Goes on behind the next value; false if it is invalid.
    fileprivate mutating func skip(depth: Int = 0) -> Bool {
        guard depth < 16, let tag = byte() else { return false }
        switch tag {
        case 0, 1: return true
        case 2: return number() != nil
        case 3: return text() != nil
        case 4, 5:
            guard let count = count() else { return false }
            for _ in 0..<count {
                if tag == 5, text() == nil { return false }
                guard skip(depth: depth + 1) else { return false }
            }
            return true
        default: return false
        }
    }
}
