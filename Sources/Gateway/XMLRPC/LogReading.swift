import Kernel
import Supervise

/// Reads logs: init passes the file, and the rest happens here.
struct LogReading {
    private let control: any Asking

    init(_ control: any Asking) { self.control = control }

    /// Larger offsets and lengths would not differ from this one, which can be added without overflow.
    private static let largest = 1 << 60

    /// - Parameter long: handles a part that is longer than `Limits.logAtOnce`, instead of `completion`. Without it a
    ///   part of up to `Limits.results` is read, and a longer one is a fault.
    func read(
        _ channel: LogChannel, _ parameters: [XMLRPCValue], long: ((LogExcerpt) -> Void)? = nil,
        _ completion: @escaping Methods.Completion
    ) {
        open(channel, parameters) { opened in
            switch opened {
            case .refused(let code, let text): completion(.fault(code: code, text: text))
            case .impossible: completion(.fault(.incorrectParameters))
            case .file(let file, let size, let offset, let length):
                guard let range = LogRange.read(offset: offset, length: length, size: size) else {
                    return completion(.fault(.badArguments))
                }
                let excerpt = LogExcerpt(file: file, range: range) { $0.string(bytes: $1) }
                Self.answer(excerpt, long, completion)
            }
        }
    }

    /// - Parameter long: as above.
    func tail(
        _ channel: LogChannel, _ parameters: [XMLRPCValue], long: ((LogExcerpt) -> Void)? = nil,
        _ completion: @escaping Methods.Completion
    ) {
        open(channel, parameters) { opened in
            switch opened {
            case .refused(Fault.noFile.rawValue, _): completion(.value(.array([.text(""), .int(0), .bool(false)])))
            case .refused(let code, let text): completion(.fault(code: code, text: text))
            case .impossible: completion(.fault(.incorrectParameters))
            case .file(let file, let size, let offset, let length):
                let (range, overflows) = LogRange.tail(offset: offset, length: length, size: size)
                let excerpt = LogExcerpt(file: file, range: range) {
                    $0.array(count: 3)
                    $0.string(bytes: $1)
                    $0.int(size)
                    $0.bool(overflows)
                }
                Self.answer(excerpt, long, completion)
            }
        }
    }

    private enum Opened {
        case file(SharedDescriptor, size: Int, offset: Int, length: Int)
        case refused(Int, String)
        /// The parameters are not numbers, or not a name.
        case impossible
    }

    private func open(_ channel: LogChannel, _ parameters: [XMLRPCValue], _ completion: @escaping (Opened) -> Void) {
        var parameters = parameters[...]
        let name: String?
        switch channel {
        // init's own log has an empty name, which a program can't have.
        case .main: name = ""
        case .stdout, .stderr: name = parameters.popFirst()?.text
        }
        guard let name, let offset = parameters.popFirst()?.number, let length = parameters.popFirst()?.number else {
            return completion(.impossible)
        }
        if name.isEmpty, channel != .main { return completion(.refused(Fault.badName.rawValue, "BAD_NAME: ")) }
        let stream: LogChannel = channel == .stderr ? .stderr : .stdout
        control.ask("reeve.openLog", [.text(name), .text(stream.rawValue)], waits: false) { answer in
            switch answer {
            case .handover(let file):
                guard let size = try? File.size(of: file.number) else {
                    return completion(.refused(Fault.failed.rawValue, Fault.failed.text()))
                }
                let clamped = [offset, length].map { min(max($0, -Self.largest), Self.largest) }
                completion(.file(file, size: size, offset: clamped[0], length: clamped[1]))
            case .fault(let code, let text): completion(.refused(code, text))
            case .value: completion(.refused(Fault.failed.rawValue, Fault.failed.text()))
            }
        }
    }

    private static func answer(
        _ excerpt: LogExcerpt, _ long: ((LogExcerpt) -> Void)?, _ completion: Methods.Completion
    ) {
        let count = excerpt.range.count
        if let long, count > Limits.logAtOnce { return long(excerpt) }
        guard count <= Limits.results else {
            return completion(.fault(.failed, "\(count) bytes don't fit into an answer: read them in parts"))
        }
        completion(excerpt.whole.map(CallOutcome.value) ?? .fault(.failed))
    }

    /// Fewer if the file is shorter by now; nil if it can't be read.
    static func bytes(of file: Int32, _ range: Range<Int>) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: range.count)
        var done = 0
        do {
            try bytes.withUnsafeMutableBytes { buffer in
                while done < buffer.count {
                    let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
                    let count = try File.read(file, at: range.lowerBound + done, into: rest)
                    // It has been emptied meanwhile.
                    if count == 0 { break }
                    done += count
                }
            }
        } catch {
            return nil
        }
        bytes.removeLast(bytes.count - done)
        return bytes
    }
}

/// Which bytes of a log to read.
enum LogRange {
    /// `length` bytes from `offset` on, 0 for the rest; a negative offset counts from the end and allows no length.
    /// nil: BAD_ARGUMENTS.
    static func read(offset: Int, length: Int, size: Int) -> Range<Int>? {
        if offset < 0 { return length == 0 ? max(size + offset, 0)..<size : nil }
        guard length >= 0 else { return nil }
        let start = min(offset, size)
        return start..<(length == 0 ? size : min(start + length, size))
    }

    /// What is new since `offset`, but only the last `length` bytes if there is more than that.
    ///
    /// A length beyond the end of the log takes that many bytes from its end, as far as they exist.
    static func tail(offset: Int, length: Int, size: Int) -> (range: Range<Int>, overflows: Bool) {
        var (start, count) = (offset, length)
        let overflows = size > offset + length
        if overflows { start = size - 1 }
        if start + count > size {
            if start > size - 1 { count = 0 }
            start = size - count
        }
        start = min(max(start, 0), size)
        return (start..<min(start + max(count, 0), size), overflows)
    }
}
