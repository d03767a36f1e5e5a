/// Writes JSON, indented by one space per level.
public struct JSONWriter {
    public private(set) var bytes: [UInt8] = []
    private var depth = 0
    private var isFirst = true
    /// The name of the value that comes next is written.
    private var isNamed = false
    /// Every variable's value becomes `********`.
    var hidesVariables = false

    public init() {}

    @inline(__always)
    public mutating func object(_ key: StaticString? = nil, _ body: (inout JSONWriter) -> Void) {
        open(key, UInt8(ascii: "{"))
        body(&self)
        close(UInt8(ascii: "}"))
    }

    /// An object whose name is no literal.
    mutating func object(named key: String, _ body: (inout JSONWriter) -> Void) {
        beginItem()
        JSONText.append(key, to: &bytes)
        bytes += [ASCII.colon, ASCII.space]
        isNamed = true
        open(nil, UInt8(ascii: "{"))
        body(&self)
        close(UInt8(ascii: "}"))
    }

    @inline(__always)
    public mutating func array(_ key: StaticString? = nil, _ body: (inout JSONWriter) -> Void) {
        open(key, ASCII.openBracket)
        body(&self)
        close(ASCII.closeBracket)
    }

    @inline(never)
    private mutating func open(_ key: StaticString?, _ bracket: UInt8) {
        begin(key)
        bytes.append(bracket)
        depth += 1
        isFirst = true
    }

    @inline(never)
    private mutating func close(_ close: UInt8) {
        depth -= 1
        if !isFirst { newLine() }
        bytes.append(close)
        isFirst = false
        if depth == 0 { bytes.append(ASCII.newline) }
    }

    private mutating func begin(_ key: StaticString?) {
        beginItem()
        guard let key else { return }
        // Keys are plain words.
        bytes.append(ASCII.doubleQuote)
        key.withUTF8Buffer { bytes += $0 }
        bytes += [ASCII.doubleQuote, ASCII.colon, ASCII.space]
    }

    private mutating func beginItem() {
        guard depth > 0, !isNamed else {
            isNamed = false
            return
        }
        if !isFirst { bytes.append(ASCII.comma) }
        isFirst = false
        newLine()
    }

    private mutating func newLine() {
        bytes.append(ASCII.newline)
        bytes.append(contentsOf: repeatElement(ASCII.space, count: depth))
    }

    @inline(never)
    public mutating func string(_ key: StaticString? = nil, _ value: String?) {
        guard let value else { return word(key, "null") }
        begin(key)
        JSONText.append(value, to: &bytes)
    }

    /// - Parameter written: as JSON writes numbers.
    @inline(never)
    public mutating func number(_ key: StaticString? = nil, _ written: String) {
        begin(key)
        bytes += written.bytes
    }

    @inline(never)
    public mutating func int(_ key: StaticString? = nil, _ value: Int?) {
        guard let value else { return word(key, "null") }
        begin(key)
        bytes += "\(value)".bytes
    }

    @inline(never)
    public mutating func bool(_ key: StaticString? = nil, _ value: Bool?) {
        guard let value else { return word(key, "null") }
        word(key, value ? "true" : "false")
    }

    @inline(never)
    mutating func null(_ key: StaticString? = nil) { word(key, "null") }

    private mutating func word(_ key: StaticString?, _ word: StaticString) {
        begin(key)
        word.withUTF8Buffer { bytes += $0 }
    }

    /// A member whose name comes from the configuration.
    @inline(never)
    public mutating func member(_ key: String, _ value: String) {
        beginItem()
        JSONText.append(key, to: &bytes)
        bytes += [ASCII.colon, ASCII.space]
        JSONText.append(value, to: &bytes)
    }

    /// A member whose name comes from elsewhere.
    @inline(never)
    public mutating func member(_ key: String, _ value: Int) {
        beginItem()
        JSONText.append(key, to: &bytes)
        bytes += [ASCII.colon, ASCII.space]
        bytes += "\(value)".bytes
    }
}
