import Supervise

/// Writes a call as XML-RPC.
enum CallWriter {
    static func call(_ method: String, _ parameters: [Value]) -> [UInt8] {
        var xml = Array("<?xml version='1.0'?>\n<methodCall>\n<methodName>".utf8)
        append(method.utf8, to: &xml)
        xml += Array("</methodName>\n<params>\n".utf8)
        for parameter in parameters {
            xml += Array("<param>\n".utf8)
            append(parameter, to: &xml)
            xml += Array("</param>\n".utf8)
        }
        return xml + Array("</params>\n</methodCall>\n".utf8)
    }

    private static func append(_ value: Value, to xml: inout [UInt8]) {
        xml += Array("<value>".utf8)
        switch value {
        case .bool(let flag): xml += Array("<boolean>\(flag ? 1 : 0)</boolean>".utf8)
        case .int(let number): xml += Array("<int>\(number)</int>".utf8)
        case .string(let bytes):
            // XML can't express most control characters; both kinds of server accept Base64 for a text.
            if bytes.allSatisfy({ $0 >= 32 || $0 == 9 || $0 == 10 }) {
                xml += Array("<string>".utf8)
                append(bytes, to: &xml)
                xml += Array("</string>".utf8)
            } else {
                xml += Array("<base64>".utf8) + Base64.encode(bytes) + Array("</base64>".utf8)
            }
        case .array(let values):
            xml += Array("<array><data>".utf8)
            for element in values { append(element, to: &xml) }
            xml += Array("</data></array>".utf8)
        case .structure(let members):
            xml += Array("<struct>".utf8)
            for member in members {
                xml += Array("<member><name>".utf8)
                append(member.name.utf8, to: &xml)
                xml += Array("</name>".utf8)
                append(member.value, to: &xml)
                xml += Array("</member>".utf8)
            }
            xml += Array("</struct>".utf8)
        }
        xml += Array("</value>\n".utf8)
    }

    private static func append(_ text: some Collection<UInt8>, to xml: inout [UInt8]) {
        for byte in text {
            switch byte {
            case UInt8(ascii: "&"): xml += Array("&amp;".utf8)
            case UInt8(ascii: "<"): xml += Array("&lt;".utf8)
            case UInt8(ascii: ">"): xml += Array("&gt;".utf8)
            default: xml.append(byte)
            }
        }
    }
}

extension Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits = 0
            for byte in group { bits = bits << 8 | Int(byte) }
            bits <<= 8 * (3 - group.count)
            for index in 0..<4 {
                text.append(index <= group.count ? alphabet[bits >> (18 - 6 * index) & 63] : UInt8(ascii: "="))
            }
        }
        return text
    }
}
