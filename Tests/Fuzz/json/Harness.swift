// Any bytes either are a JSON document or are rejected, without a trap. A document can be written again, and reads the
// same.

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let document = JSONParser.parse(Array(UnsafeBufferPointer(start: start, count: count))) else { return 0 }
    _ = (document["wait"], document["signal"], document["data"])
    guard let again = JSONParser.parse(document.text) else { preconditionFailure("what was written is none") }
    precondition(again == document.written)
    return 0
}

extension JSON {
    /// The value as it is written: numbers that are too large for JSON become null.
    fileprivate var written: JSON {
        switch self {
        case .double(let number): number.isFinite ? self : .null
        case .array(let values): .array(values.map(\.written))
        case .object(let members): .object(members.map { Member($0.name, $0.value.written) })
        case .null, .bool, .int, .string: self
        }
    }
}
