/// Finds the tags of PROCESS_COMMUNICATION in a stream of bytes, wherever the reads cut them.
///
/// Holds back the beginning of a tag at the end of a read; since it is the beginning of a known tag, only its length is
/// kept. supervisord holds back every read that is shorter than a tag, and loses it at the end.
public struct CaptureScanner: Equatable, Sendable {
    /// A part of the available bytes, of one kind.
    public struct Piece: Equatable, Sendable {
        public var range: Range<Int>
        /// It is text between tags, not output.
        public var isCaptured: Bool
        /// A tag follows: the other kind begins.
        public var endsWithTag: Bool
    }

    public static let begin = "<!--XSUPERVISOR:BEGIN-->".bytes
    static let end = "<!--XSUPERVISOR:END-->".bytes

    public private(set) var isCapturing = false
    private var held = 0

    public init() {}

    /// What precedes the next bytes: the beginning of a tag that a read ended with.
    public var heldBack: ArraySlice<UInt8> { tag.prefix(held) }

    private var tag: [UInt8] { isCapturing ? Self.end : Self.begin }

    /// The next piece of `bytes` from `index` on, which moves behind it; nil at their end.
    ///
    /// - Parameter bytes: with `heldBack` in front.
    public mutating func next(_ bytes: UnsafeRawBufferPointer, _ index: inout Int) -> Piece? {
        guard index < bytes.count else { return nil }
        let tag = tag
        let start = index
        var position = start
        while position < bytes.count {
            guard bytes[position] == tag[0] else {
                position += 1
                continue
            }
            var length = 1
            while length < tag.count, position + length < bytes.count, bytes[position + length] == tag[length] {
                length += 1
            }
            if length == tag.count || position + length == bytes.count { break }
            position += 1
        }
        let piece: Piece
        if position + tag.count <= bytes.count {
            piece = Piece(range: start..<position, isCaptured: isCapturing, endsWithTag: true)
            isCapturing.toggle()
            held = 0
            index = position + tag.count
        } else {
            piece = Piece(range: start..<position, isCaptured: isCapturing, endsWithTag: false)
            held = bytes.count - position
            index = bytes.count
        }
        return piece
    }
}
