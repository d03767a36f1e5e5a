import Kernel
import Supervise

/// A long answer in a memory file, written piece by piece: init needs memory for only one piece at a time.
final class AnswerFile: EncodedPieces {
    private var file: Descriptor?
    private var failure: Errno?
    private(set) var isEmpty = true

    func take(_ piece: [UInt8]) {
        guard failure == nil else { return }
        isEmpty = false
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
