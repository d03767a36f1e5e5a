/// SHA-1 (FIPS 180-4, section 6.1), for passwords that are configured as `{SHA}`, and HMAC over it (RFC 2104).
///
/// swift-crypto (4.5.2) is no alternative: with it the static gateway has 21.4 MB instead of 12.8, since it pulls in
/// FoundationEssentials, and uses 10.2 MB of memory instead of 8.5; nor does it support Embedded Swift. An unsalted
/// SHA-1 in a configuration is broken by guessing, not by anything that a library would do better. What matters is that
/// secrets are compared in constant time: `Secret.isEqual`.
public enum SHA1 {
    /// Bytes of a digest.
    public static let size = 20
    private static let block = 64

    public static func hexadecimal(of message: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        for byte in digest(of: message) { Hexadecimal.append(byte, to: &text) }
        return text
    }

    /// HMAC-SHA-1: only someone who knows the key can produce it.
    public static func authenticationCode(of message: [UInt8], key: [UInt8]) -> [UInt8] {
        var padded = key.count > block ? digest(of: key) : key
        padded.append(contentsOf: repeatElement(0, count: block - padded.count))
        let inner = digest(of: padded.map { $0 ^ 0x36 } + message)
        return digest(of: padded.map { $0 ^ 0x5c } + inner)
    }

    public static func digest(of message: [UInt8]) -> [UInt8] {
        var padded = message
        padded.append(0x80)
        padded.append(contentsOf: repeatElement(0, count: (2 * block - 8 - padded.count % block) % block))
        append(UInt64(message.count) &* 8, to: &padded)
        var state: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]
        for start in stride(from: 0, to: padded.count, by: block) {
            compress(padded[start..<start + block], into: &state)
        }
        var digest: [UInt8] = []
        for word in state { append(word, to: &digest) }
        return digest
    }

    private static func compress(_ block: ArraySlice<UInt8>, into state: inout [UInt32]) {
        var words: [UInt32] = []
        words.reserveCapacity(80)
        for index in stride(from: block.startIndex, to: block.endIndex, by: 4) {
            var word: UInt32 = 0
            for byte in block[index..<index + 4] { word = word << 8 | UInt32(byte) }
            words.append(word)
        }
        for index in 16..<80 {
            words.append(rotated(words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16], 1))
        }
        var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
        for (index, word) in words.enumerated() {
            let (mixed, constant): (UInt32, UInt32) =
                switch index {
                case ..<20: ((b & c) | (~b & d), 0x5a82_7999)
                case ..<40: (b ^ c ^ d, 0x6ed9_eba1)
                case ..<60: ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc)
                default: (b ^ c ^ d, 0xca62_c1d6)
                }
            let next = rotated(a, 5) &+ mixed &+ e &+ constant &+ word
            (a, b, c, d, e) = (next, a, rotated(b, 30), c, d)
        }
        state[0] &+= a
        state[1] &+= b
        state[2] &+= c
        state[3] &+= d
        state[4] &+= e
    }

    private static func rotated(_ word: UInt32, _ bits: UInt32) -> UInt32 { word << bits | word >> (32 - bits) }

    private static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        for shift in stride(from: number.bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }
}
