import CExpat

/// A parsed call: the method's name and its parameters.
struct MethodCall: Equatable {
    var method: String
    var parameters: [XMLRPCValue]
}

/// A server's answer to a call.
enum MethodAnswer: Equatable {
    case value(XMLRPCValue)
    case fault(code: Int, text: String)
}

/// Why a body is not a call. The client gets "400", the log a little more.
enum CallError: Error, Equatable {
    /// Not XML, or values that can't be read.
    case malformed
    /// A document type, which could define entities.
    case documentType
    case tooDeep
    case noMethodName
}

/// Reads a call as supervisord does: it finds the elements that it knows anywhere, takes a missing `<params>` as empty
/// and an untyped `<value>` as a string. Unlike supervisord it rejects document types.
///
/// `Limits.body` bounds the body, and every byte is visited once, so the time is bounded, too.
final class CallParser {
    /// The deepest nesting of elements. `system.multicall` with an array among its parameters needs 16.
    static let deepest = 64

    /// An element that has begun. Its text is what precedes its first child.
    private struct Element {
        let name: String
        var text: [UInt8] = []
        var children: [XMLRPCValue] = []
    }

    private var open: [Element] = []
    private var method: String?
    private var parameters: [XMLRPCValue] = []
    private var fault: XMLRPCValue?
    private var problem: CallError?
    private var parser: XML_Parser?

    static func parse(_ body: [UInt8]) throws(CallError) -> MethodCall {
        let parser = CallParser()
        try parser.read(body)
        guard let method = parser.method, !method.isEmpty else { throw .noMethodName }
        return MethodCall(method: method, parameters: parser.parameters)
    }

    /// Reads another server's answer.
    static func parseAnswer(_ body: [UInt8]) throws(CallError) -> MethodAnswer {
        let parser = CallParser()
        try parser.read(body)
        if let fault = parser.fault {
            guard let code = fault["faultCode"]?.number, let text = fault["faultString"]?.text else { throw .malformed }
            return .fault(code: code, text: text)
        }
        guard let value = parser.parameters.first else { throw .malformed }
        return .value(value)
    }

    private func read(_ body: [UInt8]) throws(CallError) {
        // UTF-8 whatever the document declares, as in supervisord.
        guard let parser = XML_ParserCreate("UTF-8") else { throw .malformed }
        defer { XML_ParserFree(parser) }
        self.parser = parser
        XML_SetUserData(parser, Unmanaged.passUnretained(self).toOpaque())
        XML_SetElementHandler(
            parser,
            { data, name, _ in CallParser.from(data).began(name) },
            { data, _ in CallParser.from(data).ended() })
        XML_SetCharacterDataHandler(parser) { data, text, count in CallParser.from(data).took(text, count) }
        XML_SetStartDoctypeDeclHandler(parser) { data, _, _, _, _ in CallParser.from(data).stop(.documentType) }
        let status = body.withUnsafeBytes { bytes in
            XML_Parse(parser, bytes.bindMemory(to: CChar.self).baseAddress, Int32(clamping: bytes.count), 1)
        }
        if let problem { throw problem }
        guard status == XML_STATUS_OK else { throw .malformed }
    }

    private static func from(_ data: UnsafeMutableRawPointer?) -> CallParser {
        Unmanaged<CallParser>.fromOpaque(data!).takeUnretainedValue()
    }

    private func stop(_ problem: CallError) {
        guard self.problem == nil else { return }
        self.problem = problem
        XML_StopParser(parser, XML_Bool(XML_FALSE))
    }

    // MARK: What expat finds

    private func began(_ name: UnsafePointer<CChar>?) {
        guard open.count < Self.deepest else { return stop(.tooDeep) }
        open.append(Element(name: name.map { String(cString: $0) } ?? ""))
    }

    private func took(_ text: UnsafePointer<CChar>?, _ count: Int32) {
        guard let text, let last = open.indices.last, open[last].children.isEmpty else { return }
        text.withMemoryRebound(to: UInt8.self, capacity: Int(count)) {
            open[last].text.append(contentsOf: UnsafeBufferPointer(start: $0, count: Int(count)))
        }
    }

    private func ended() {
        guard problem == nil, let element = open.popLast() else { return }
        guard let value = value(of: element) else { return stop(.malformed) }
        if let last = open.indices.last { open[last].children.append(value) }
    }

    // MARK: What it means

    /// nil if supervisord would fail to read the element.
    private func value(of element: Element) -> XMLRPCValue? {
        let text = String(decoding: element.text, as: UTF8.self)
        switch element.name {
        case "int", "i4": return PythonNumber.int(text).map(XMLRPCValue.int)
        case "boolean": return .bool(text == "1")
        case "string": return .string(text)
        case "double": return PythonNumber.double(text).map(XMLRPCValue.double)
        case "dateTime.iso8601": return DateTime.isValid(text) ? .dateTime(text) : nil
        case "base64":
            return Base64.decode(element.text).flatMap { String(validating: $0, as: UTF8.self) }
                .map(XMLRPCValue.string)
        case "array", "param": return element.children.first
        case "data": return .array(element.children)
        case "struct": return structure(element.children)
        case "value": return element.children.first ?? .string(text)
        case "member": return .array(element.children)
        case "methodName": method = text
        case "params": parameters = element.children
        case "fault": fault = element.children.first
        default: break
        }
        return element.text.isEmpty ? .null : .string(text)
    }

    /// Reads members, each a pair of name and value.
    private func structure(_ members: [XMLRPCValue]) -> XMLRPCValue? {
        var result: [XMLRPCValue.Member] = []
        for member in members {
            guard case .array(let pair) = member, pair.count == 2 else { return nil }
            let name: String
            switch pair[0] {
            case .string(let text): name = text
            case .null: name = ""
            default: return nil
            }
            result.append(XMLRPCValue.Member(name: name, value: pair[1]))
        }
        return .structure(result)
    }
}

/// `dateTime.iso8601` in the one form that supervisord accepts: 19980717T14:08:55.
enum DateTime {
    static func isValid(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 17, bytes[8] == UInt8(ascii: "T"), bytes[11] == UInt8(ascii: ":"),
            bytes[14] == UInt8(ascii: ":")
        else { return false }
        func number(_ range: Range<Int>) -> Int? {
            bytes[range].allSatisfy { $0 >= 48 && $0 <= 57 } ? Int(String(decoding: bytes[range], as: UTF8.self)) : nil
        }
        guard let year = number(0..<4), let month = number(4..<6), let day = number(6..<8), let hour = number(9..<11),
            let minute = number(12..<14), let second = number(15..<17)
        else { return false }
        return year > 0 && (1...12).contains(month) && (1...31).contains(day) && hour < 24 && minute < 60
            && second < 62
    }
}
