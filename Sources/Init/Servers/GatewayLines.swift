import Kernel
import Supervise

/// The gateway's stdout and stderr become lines of the supervisor's log.
///
/// A line may begin with its level: `<4>` is a warning, as in sd-daemon(3). Without one its level is `info`.
final class GatewayLines: Watcher {
    /// The most bytes of one read and of one line; a longer line becomes several.
    private static let limit = 4096

    private let output: Output
    /// -1 when closed.
    private var reading: Int32
    private var watch: Watch?
    private var line: [UInt8] = []

    init(_ pipe: consuming Descriptor, output: Output) throws(Errno) {
        self.output = output
        watch = nil
        reading = -1
        watch = try output.loop.watch(pipe.number, for: .read, self)
        reading = pipe.take()
    }

    func ready(_ readiness: Readiness, on watch: Watch) {
        if read() == 0 { close() }
    }

    /// The gateway is gone: what is left in the pipe is its last output.
    func finish() {
        var left = PipeEnds.waiting(reading)
        while left > 0, let count = read(), count > 0 { left -= count }
        close()
    }

    /// The number of bytes; 0 at the end, nil if there are none now.
    private func read() -> Int? {
        guard reading >= 0 else { return 0 }
        var bytes = [UInt8](repeating: 0, count: Self.limit)
        let number = reading
        let count = bytes.withUnsafeMutableBytes { buffer -> Int? in
            do throws(Errno) {
                return try File.read(number, into: buffer)
            } catch {
                return 0
            }
        }
        for byte in bytes.prefix(count ?? 0) {
            if byte != UInt8(ascii: "\n") { line.append(byte) }
            if byte == UInt8(ascii: "\n") || line.count >= Self.limit { flush() }
        }
        return count
    }

    private func flush() {
        guard !line.isEmpty else { return }
        let (level, text) = Self.split(line)
        output.log.log(level, "gateway: \(String(decoding: text, as: UTF8.self))")
        line = []
    }

    /// The numbers are syslog's.
    static func split(_ line: [UInt8]) -> (LogLevel, ArraySlice<UInt8>) {
        guard line.count > 2, line[0] == UInt8(ascii: "<"), line[2] == UInt8(ascii: ">") else {
            return (.info, line[...])
        }
        let level: LogLevel
        switch line[1] {
        case UInt8(ascii: "3"): level = .error
        case UInt8(ascii: "4"): level = .warn
        case UInt8(ascii: "6"): level = .info
        case UInt8(ascii: "7"): level = .debug
        default: return (.info, line[...])
        }
        return (level, line[3...])
    }

    private func close() {
        flush()
        if let watch { output.loop.cancel(watch) }
        watch = nil
        Descriptor.close(reading)
        reading = -1
    }
}
