// Any packet either is a message of the control protocol or is rejected, on both sides of the connection, without a
// trap and without allocating what a count only promises. A message can be encoded again, to the same bytes or the same
// value.

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let packet = Array(UnsafeBufferPointer(start: start, count: count))
    // init's side.
    if let request = ControlRequest(decoding: packet) {
        precondition(ControlRequest(decoding: request.encoded()) == request)
        do throws(CallFailure) {
            _ = try Call(request)
        } catch {
            precondition(!error.fault.text(error.extra).isEmpty)
        }
    }
    // The side of `ctl`, and of the gateway, which keeps a value encoded: both must find the same.
    let reply = Reply(decoding: packet)
    let encoded = EncodedReply(decoding: packet)
    precondition(reply == nil || encoded != nil)
    if case .value(let bytes)? = encoded?.outcome {
        let value = EncodedValue(bytes: Array(bytes))
        let answer = AnswerWriter.answer(value, limit: 1 << 20)
        guard let decoded = value.value else {
            precondition(reply == nil)
            return 0
        }
        precondition(reply?.outcome == .value(decoded))
        precondition(answer != nil)
        precondition(EncodedValue(decoded).value == decoded)
    }
    return 0
}
