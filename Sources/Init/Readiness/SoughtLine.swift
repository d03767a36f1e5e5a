import Supervise

/// Looks for a text in the lines of a program's output, however they are cut into pieces.
final class SoughtLine {
    private let text: [UInt8]
    /// How many bytes of the text the end of the last piece has, on each channel.
    private var matched = [0, 0]
    /// By how many bytes of itself a beginning of the text ends with another, by its length.
    private let borders: [Int]
    private let found: () -> Void
    private(set) var isFound = false

    init(_ text: String, found: @escaping () -> Void) {
        self.text = text.bytes
        self.found = found
        var borders = [0, 0]
        var length = 0
        for index in self.text.indices.dropFirst() {
            while length > 0, self.text[index] != self.text[length] { length = borders[length] }
            if self.text[index] == self.text[length] { length += 1 }
            borders.append(length)
        }
        self.borders = borders
    }

    /// - Parameter channel: 0 for stdout, 1 for stderr.
    func look(_ bytes: UnsafeRawBufferPointer, channel: Int) {
        guard !isFound, matched.indices.contains(channel) else { return }
        var length = matched[channel]
        for byte in bytes {
            while length > 0, byte != text[length] { length = borders[length] }
            if byte == text[length] { length += 1 }
            if length == text.count {
                isFound = true
                return found()
            }
        }
        matched[channel] = length
    }
}
