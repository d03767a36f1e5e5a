// Any bytes, as a configuration and as a Dockerfile: no trap, a diff that leads from the file to the result, and nothing
// more to change in that. A zero byte separates two configurations that belong together.

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let texts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false).map { Array($0) }
    check(texts.map { (name: "a.conf".bytes, text: $0) })
    check([(name: "Dockerfile".bytes, text: bytes)])
    return 0
}

private func check(_ files: [(name: [UInt8], text: [UInt8])]) {
    let migration = Migration(files)
    for (file, before) in zip(migration.files, files) {
        precondition(file.edits.isChanged != file.edits.diff(file.name).isEmpty, "a change without a diff")
        precondition(patched(before.text, file.edits.diff(file.name)) == file.edits.text, "the diff leads elsewhere")
        for remark in file.remarks { precondition(remark.line <= file.edits.lines.count, "a line that isn't there") }
    }
}

/// What patch makes of it.
private func patched(_ text: [UInt8], _ diff: [UInt8]) -> [UInt8] {
    if diff.isEmpty { return text }
    var old = lines(text)[...]
    var result: [[UInt8]] = []
    var rows = lines(diff).dropFirst(2)
    var isFirst = true
    while let row = rows.popFirst() {
        let content = Array(row.dropFirst())
        let next = rows.first
        let isCut = next?.first == UInt8(ascii: "\\")
        let line = isCut ? Array(content.dropLast()) : content
        switch row.first {
        case UInt8(ascii: "@"):
            // The lines between hunks stay: `-START,COUNT`.
            let numbers = row.split(separator: ASCII.space)[1].dropFirst().split(separator: ASCII.comma)
            let (first, count) = (Array(numbers[0]).numberAtStart ?? 0, Array(numbers[1]).numberAtStart ?? 0)
            let taken = lines(text).count - old.count
            for _ in 0..<max((count == 0 ? first : first - 1) - taken, 0) { result.append(old.removeFirst()) }
            isFirst = false
        case UInt8(ascii: " "):
            precondition(old.removeFirst() == line, "a line that isn't in the file")
            result.append(line)
        case UInt8(ascii: "-"): precondition(old.removeFirst() == line, "a line that isn't in the file")
        case UInt8(ascii: "+"): result.append(line)
        case UInt8(ascii: "\\"): break
        default: preconditionFailure("no line of a diff")
        }
    }
    precondition(!isFirst)
    return Array((result + old).joined())
}

/// With their ends.
private func lines(_ text: [UInt8]) -> [[UInt8]] {
    var lines: [[UInt8]] = [[]]
    for byte in text {
        lines[lines.count - 1].append(byte)
        if byte == ASCII.newline { lines.append([]) }
    }
    if lines.last?.isEmpty ?? false { lines.removeLast() }
    return lines
}
