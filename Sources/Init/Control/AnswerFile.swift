import Kernel
import Supervise

/// A long answer in a memory file, written piece by piece: init needs memory for only one piece at a time.
final class AnswerFile: EncodedPieces {
    private var file: Descriptor?
    private var failure: Errno?
    private(set) var isEmpty = true
    /// Bytes at the start of the first piece that don't belong to the answer.
    private var skipped: Int

    init(skipping skipped: Int = 0) {
        self.skipped = skipped
    }

    func take(_ piece: [UInt8]) {
        guard failure == nil else { return }
        isEmpty = false
        let piece = skipped == 0 ? piece : Array(piece.dropFirst(skipped))
        skipped = 0
        do throws(Errno) {
            if file == nil { file = try MemoryFile.make(named: "reply", holding: []) }
            if let number = file?.number { try MemoryFile.append(piece, to: number) }
        } catch {
            failure = error
        }
    }

    /// The file, positioned at its start.
    func finish() throws(Errno) -> Descriptor {
        if let failure { throw failure }
        guard let file = file.take() else { throw .noEntry }
        try MemoryFile.rewind(file.number)
        return file
    }
}
