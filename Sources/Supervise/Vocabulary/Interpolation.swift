// The standard library's interpolation is generic and inlined at every use, which costs about 150 bytes of code for
// each segment. These functions have the same signatures: the compiler prefers any module's declaration to the standard
// library's, and calls them.

extension DefaultStringInterpolation {
    /// A literal that is passed as a pointer and a length takes half the code of one that becomes a string first.
    @inline(never)
    public mutating func appendLiteral(_ literal: StaticString) { literal.description.write(to: &self) }

    @_disfavoredOverload @inline(never)
    public mutating func appendLiteral(_ literal: String) { literal.write(to: &self) }

    @inline(never)
    public mutating func appendInterpolation(_ value: String) { value.write(to: &self) }

    @inline(never)
    public mutating func appendInterpolation(_ value: Int) { String(value).write(to: &self) }

    @inline(never)
    public mutating func appendInterpolation(_ value: Int32) { String(Int(value)).write(to: &self) }

    @inline(never)
    public mutating func appendInterpolation(_ value: StaticString) { value.description.write(to: &self) }
}
