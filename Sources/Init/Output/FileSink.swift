import Kernel
import Supervise

/// A log file that rotates, shared by all programs that name it.
///
/// It accepts every byte at once. It drops and counts what it can't write, and logs when that begins and when it ends.
final class FileSink {
    /// Its owner is the user of the program that opened it first.
    private var place: LogFile
    private let output: Output
    private var log: SupervisorLog { output.log }
    private var file: AppendedFile
    var number: Int32 { file.number }
    /// How many programs have it open. `Output` counts them.
    var users = 1
    private static let pause = Int64(OutputLimits.reopenMilliseconds) * 1_000_000
    private var failure: Errno?
    private var dropped = 0
    /// When to try to open the path again, because it no longer leads to `file` (nanoseconds since boot).
    private var reopenAt: Int64?
    /// The size at which to try again to rotate a file that could not be renamed: `maxBytes` later each time.
    private var rotateAt: Int?
    /// The file's size after the last write; nil before the first.
    private var size: Int?
    /// What waits for a late write.
    private var late: LateOutput?

    private final class LateOutput {
        /// The program that the bytes are from, for log lines.
        let name: String
        var bytes: [UInt8] = []

        init(_ name: String) { self.name = name }
    }

    /// - Parameter file: `place`, opened for appending.
    init(_ place: LogFile, _ file: consuming AppendedFile, _ output: Output) {
        self.place = place
        self.file = file
        self.output = output
    }

    var path: String { place.path }
    private var maxBytes: Int { place.maxBytes }

    /// Rotates as `other` from now on, which has the same path.
    func rotate(as other: LogFile) {
        guard other.maxBytes != place.maxBytes || other.backups != place.backups else { return }
        place = LogFile(path, owner: place.owner, maxBytes: other.maxBytes, backups: other.backups)
    }

    /// How many bytes callers may collect before they write: as many as fill the file. 0: don't collect any.
    var room: Int {
        guard users == 1, failure == nil, reopenAt == nil, late == nil else { return 0 }
        guard maxBytes > 0, !file.isRemote else { return .max }
        return size.map { max((rotateAt ?? maxBytes) - $0, 0) } ?? 0
    }

    /// - Parameter name: the program that the bytes are from, for log lines.
    func write(_ bytes: UnsafeRawBufferPointer, for name: String) {
        if let reopenAt, SystemClock.boottime >= reopenAt { reopen(for: name) }
        if late != nil, !file.isBusy { writeLate() }
        if late != nil { return wait(bytes, for: name) }
        writeNow(bytes, for: name)
    }

    private func writeNow(_ bytes: UnsafeRawBufferPointer, for name: String) {
        var rest = bytes
        while !rest.isEmpty {
            do throws(Errno) {
                let count = try file.isRemote ? writeRemotely(rest, for: name) : file.write(rest)
                guard count > 0 else { throw Errno.inputOutput }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            } catch {
                if Errand.isLate(error) { return wait(rest, for: name) }
                drop(rest.count, because: error, for: name)
                return
            }
        }
        if failure != nil {
            // While the write is late, it isn't known whether that works again.
            guard !file.isBusy else { return wait(UnsafeRawBufferPointer(start: nil, count: 0), for: name) }
            recover(for: name)
        }
        if maxBytes > 0, !file.isRemote { rotateWhenDue(for: name) }
    }

    private func drop(_ count: Int, because error: Errno, for name: String) {
        dropped = dropped.addingReportingOverflow(count).partialValue
        guard failure == nil else { return }
        failure = error
        let reason =
            Errand.isLate(error)
            ? "its file system doesn't answer, or no process can be made; output waits, 64 KB at most"
            : "\(error.description); output is dropped until that works again"
        log.error("\(name): can't write to \(path): \(reason)")
    }

    // MARK: File systems that may not answer

    private func writeRemotely(_ bytes: UnsafeRawBufferPointer, for name: String) throws(Errno) -> Int {
        let (count, problem) = try file.writeRemotely(bytes, maxBytes: maxBytes, backups: place.backups)
        let said = rotateAt != nil
        rotateAt = problem == nil ? nil : maxBytes
        if let problem, !said { reportGrowth(problem.description, for: name) }
        return count
    }

    /// Keeps what the file system doesn't accept yet.
    private func wait(_ bytes: UnsafeRawBufferPointer, for name: String) {
        if late == nil { output.retry(self) }
        let late = late ?? LateOutput(name)
        self.late = late
        let limit = Heap.isShort ? OutputLimits.ownLinesInShortage : OutputLimits.lateLog
        let room = max(limit - late.bytes.count, 0)
        late.bytes.append(contentsOf: bytes.prefix(room))
        if bytes.count > room { drop(bytes.count - room, because: .timedOut, for: name) }
    }

    private func writeLate() {
        guard let late else { return }
        self.late = nil
        late.bytes.withUnsafeBytes { writeNow($0, for: late.name) }
    }

    /// Up to a second after a write was late, and after each second in which it still is.
    func retry() {
        let wasBusy = file.isBusy
        if !wasBusy { writeLate() }
        guard let late, wasBusy || !file.isBusy else { return }
        output.retry(self)
        drop(0, because: .timedOut, for: late.name)
    }

    @inline(never)
    private func recover(for name: String) {
        failure = nil
        let count = dropped
        dropped = 0
        log.warn("\(name): \(path) can be written again; \(count) bytes of output were dropped")
    }

    // MARK: Rotation

    private func rotateWhenDue(for name: String) {
        size = try? File.position(file.number)
        guard let size, Rotation.isDue(size: size, maxBytes: maxBytes) else { return }
        if let rotateAt, size < rotateAt { return }
        do throws(TrustError) {
            file = try TrustedFile.rotate(path, file, backups: place.backups, owner: place.owner)
            self.size = 0
            rotateAt = nil
            reopenAt = nil
        } catch {
            let said = rotateAt != nil
            rotateAt = size.addingReportingOverflow(maxBytes).partialValue
            // The file was renamed, but the new one could not be opened (out of descriptors). Try again soon.
            if (try? Errand.status(of: path)) == nil { reopenAt = SystemClock.boottime &+ Self.pause }
            if !said { reportGrowth(error.description, for: name) }
        }
    }

    @inline(never)
    private func reportGrowth(_ reason: String, for name: String) {
        log.error("\(name): can't rotate \(path): \(reason); it keeps growing")
    }

    // MARK: Opening again

    /// Opens the path again, as after a rotation by another process. If that fails, bytes continue to go to the old
    /// file, and the next output tries again, at most once a second.
    func reopen(for name: String = "supervisord") {
        // Log lines may go to this very file, so update the state before logging.
        let wasLost = reopenAt != nil
        do throws(TrustError) {
            file = try TrustedFile.append(path, owner: place.owner)
            size = nil
            reopenAt = nil
            rotateAt = nil
            if wasLost { log.info("\(name): \(path) is open again") }
        } catch {
            reopenAt = SystemClock.boottime &+ Self.pause
            if !wasLost {
                log.error(
                    "\(name): can't open \(path) again: \(error.description); output continues to go to the old file")
            }
        }
    }

    /// Replaces the file with a new, empty one.
    ///
    /// - Parameter between: writes what still belongs to the old file.
    func remove(_ between: () -> Void = {}) throws(TrustError) {
        try Self.remove(path)
        between()
        reopen()
    }

    /// Removes the file; it need not exist.
    static func remove(_ path: String) throws(TrustError) {
        do throws(TrustError) {
            try TrustedFile.remove(path)
        } catch {
            if error.errno != .noEntry { throw error }
        }
    }
}
