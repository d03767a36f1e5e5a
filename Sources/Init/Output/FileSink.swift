import Kernel
import Supervise

/// A log file that rotates, shared by all programs that name it.
///
/// It takes every byte at once. What the disk has no room for is dropped, counted and said once; when there is room
/// again, that is said too.
final class FileSink {
    let path: String
    var maxBytes: Int
    var backups: Int
    private let log: SupervisorLog
    private var file: Descriptor
    /// Programs that have it open, counted by who keeps the sinks.
    var users = 1
    private static let pause = Int64(OutputLimits.reopenMilliseconds) * 1_000_000
    private var failure: Errno?
    private var dropped = 0
    /// The path no longer leads to `file`: opening it is tried again at this time (nanoseconds since boot).
    private var reopenAt: Int64?
    /// The file could not be put aside at this size; it is tried again at another `maxBytes` more.
    private var rotateAt: Int?

    /// - Parameter file: `path`, open for appending.
    init(_ path: String, _ file: consuming Descriptor, maxBytes: Int, backups: Int, log: SupervisorLog) {
        self.path = path
        self.file = file
        self.maxBytes = maxBytes
        self.backups = backups
        self.log = log
    }

    /// - Parameter name: the program whose bytes these are, for the log.
    func write(_ bytes: UnsafeRawBufferPointer, for name: String) {
        if let reopenAt, Clock.boottime >= reopenAt { reopen(for: name) }
        var rest = bytes
        while !rest.isEmpty {
            do throws(Errno) {
                let count = try file.write(rest) ?? 0
                guard count > 0 else { throw Errno.inputOutput }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            } catch {
                drop(rest.count, because: error, for: name)
                return
            }
        }
        if failure != nil { recover(for: name) }
        if maxBytes > 0 { rotateWhenDue(for: name) }
    }

    private func drop(_ count: Int, because error: Errno, for name: String) {
        dropped = dropped.addingReportingOverflow(count).partialValue
        guard failure == nil else { return }
        failure = error
        log.error("\(name): can't write to \(path): \(error.description); output is dropped until that works again")
    }

    private func recover(for name: String) {
        failure = nil
        let count = dropped
        dropped = 0
        log.warn("\(name): \(path) can be written again; \(count) bytes of output were dropped")
    }

    // MARK: Rotation

    private func rotateWhenDue(for name: String) {
        guard let size = try? File.position(file.number), Rotation.isDue(size: size, maxBytes: maxBytes) else { return }
        if let rotateAt, size < rotateAt { return }
        do throws(Errno) {
            // Somebody else may have put it aside meanwhile: then only the new one is opened.
            let isOurs = (try? FileStatus(at: path).identity) == (try FileStatus(of: file.number).identity)
            if isOurs { try putAside() }
            file = try File.append(path, emptied: isOurs)
            rotateAt = nil
            reopenAt = nil
        } catch {
            let said = rotateAt != nil
            rotateAt = size.addingReportingOverflow(maxBytes).partialValue
            // Put aside, but the new one could not be opened (out of descriptors): soon it may.
            if !File.exists(path) { reopenAt = Clock.boottime &+ Self.pause }
            if !said { log.error("\(name): can't rotate \(path): \(error.description); it grows on") }
        }
    }

    private func putAside() throws(Errno) {
        let existing = backups > OutputLimits.probedBackups ? numbersInFolder() : nil
        let renames = Rotation.renames(of: path, backups: existing.map { min(backups, ($0.last ?? 0) + 1) } ?? backups)
        {
            existing?.contains($0) ?? File.exists("\(path).\($0)")
        }
        for rename in renames {
            do throws(Errno) {
                try File.rename(rename.from, to: rename.to)
            } catch Errno.noEntry {
                // Removed by somebody between the look and the rename.
            }
        }
    }

    private func numbersInFolder() -> [Int] {
        let (folder, name) = Directory.split(path)
        var numbers: [Int] = []
        for file in (try? File.names(in: folder)) ?? [] {
            if let number = Rotation.number(of: file, backupOf: name), number < backups { numbers.append(number) }
        }
        return Order.sorted(numbers.count) { numbers[$0] < numbers[$1] }.map { numbers[$0] }
    }

    // MARK: Opening again

    /// Opens the path anew, as after a rotation by somebody else. When that fails, bytes go where they went before,
    /// and it is tried again with the next output, once a second.
    func reopen(for name: String = "supervisord") {
        // What is said may go to this very file: the state is right before it is said.
        let wasLost = reopenAt != nil
        do throws(Errno) {
            file = try File.append(path)
            reopenAt = nil
            rotateAt = nil
            if wasLost { log.info("\(name): \(path) is open again") }
        } catch {
            reopenAt = Clock.boottime &+ Self.pause
            if !wasLost {
                log.error("\(name): can't open \(path) again: \(error.description); output goes on to the old file")
            }
        }
    }

    /// Removes the file and begins a new one.
    func remove() throws(Errno) {
        try Self.remove(path)
        reopen()
    }

    /// A file that is already gone is fine.
    static func remove(_ path: String) throws(Errno) {
        do throws(Errno) {
            try File.unlink(path)
        } catch Errno.noEntry {
            return
        }
    }
}
