// The standard library's interpolation is generic and inlined at every use, which costs some hundred bytes of code
// each time in a program that is small otherwise. These are chosen before it and are called.

extension DefaultStringInterpolation {
    @inline(never)
    public mutating func appendInterpolation(_ value: String) { appendLiteral(value) }

    @inline(never)
    public mutating func appendInterpolation(_ value: Int) { appendLiteral(String(value)) }

    @inline(never)
    public mutating func appendInterpolation(_ value: Int32) { appendLiteral(String(Int(value))) }

    @inline(never)
    public mutating func appendInterpolation(_ value: StaticString) { appendLiteral(value.description) }
}
