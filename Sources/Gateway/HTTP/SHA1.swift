/// SHA-1 (FIPS 180-4, section 6.1), for passwords that are configured as `{SHA}`.
///
/// swift-crypto's (4.5.2) was tried: with it the static executable has 21.4 MB instead of 12.8, since it brings
/// FoundationEssentials along, and 10.2 MB of memory instead of 8.5. An unsalted SHA-1 in a configuration is broken by
/// guessing, not by what a library would do better. What matters, the comparison in constant time, is in `Credentials`.
enum SHA1 {
    static func hexadecimal(of message: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return digest(of: message).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }

    static func digest(of message: [UInt8]) -> [UInt8] {
        var padded = message + [0x80]
        padded.append(contentsOf: repeatElement(0, count: (120 - padded.count % 64) % 64))
        padded.append(contentsOf: bigEndian(UInt64(message.count) &* 8))
        var state: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]
        for start in stride(from: 0, to: padded.count, by: 64) {
            compress(padded[start..<start + 64], into: &state)
        }
        return state.flatMap(bigEndian)
    }

    private static func compress(_ block: ArraySlice<UInt8>, into state: inout [UInt32]) {
        var words = stride(from: block.startIndex, to: block.endIndex, by: 4).map { index in
            block[index..<index + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
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
        for (index, value) in [a, b, c, d, e].enumerated() { state[index] &+= value }
    }

    private static func rotated(_ word: UInt32, _ bits: UInt32) -> UInt32 { word << bits | word >> (32 - bits) }

    private static func bigEndian(_ number: some FixedWidthInteger) -> [UInt8] {
        (1...number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> (number.bitWidth - 8 * $0)) }
    }
}
