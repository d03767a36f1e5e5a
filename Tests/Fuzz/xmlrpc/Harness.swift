// Any bytes either are a call or are rejected, without a trap and in bounded time. A call's values can be written as an
// answer, and read the same.

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let body = Array(UnsafeBufferPointer(start: start, count: count))
    numbers(body)
    guard let call = try? CallParser.parse(body) else { return 0 }
    precondition(!call.method.isEmpty)
    for parameter in call.parameters {
        _ = (parameter.isTrue, parameter.number, parameter.text, parameter["methodName"], parameter["params"])
        guard let value = parameter.answer else { continue }
        checkTrip(value, back: parameter)
    }
    return 0
}

/// The text of a number is most of what a client can send without markup.
private func numbers(_ body: [UInt8]) {
    let text = String(decoding: body.prefix(64), as: UTF8.self)
    _ = (PythonNumber.int(text), PythonNumber.double(text), DateTime.isValid(text))
    if let bytes = Base64.decode(body) { precondition(bytes.count <= body.count * 3 / 4) }
}

private func checkTrip(_ value: Value, back expected: XMLRPCValue) {
    guard let answer = AnswerWriter.answer(EncodedValue(value), limit: 1 << 20) else { return }
    let call = "<m><methodName>m</methodName>" + String(decoding: answer.dropFirst(21), as: UTF8.self) + "</m>"
    guard let again = try? CallParser.parse(Array(call.utf8)) else {
        preconditionFailure("the answer is no XML: \(call)")
    }
    precondition(again.parameters == [expected], "\(again.parameters) is not \(expected)")
}

extension XMLRPCValue {
    /// The value in the control protocol; nil for one that init never sends.
    fileprivate var answer: Value? {
        switch self {
        case .bool(let flag): return .bool(flag)
        case .int(let number):
            // Numbers beyond 32 bits are written in a form that the parser rejects.
            return Int32(exactly: number) == nil ? nil : .int(number)
        case .string(let text): return .text(text)
        case .array(let values):
            let answers = values.compactMap(\.answer)
            return answers.count == values.count ? .array(answers) : nil
        case .structure(let members):
            var answers: [Value.Member] = []
            for member in members {
                guard let answer = member.value.answer else { return nil }
                answers.append(Value.Member(member.name, answer))
            }
            return .structure(answers)
        case .null, .double, .dateTime: return nil
        }
    }
}
