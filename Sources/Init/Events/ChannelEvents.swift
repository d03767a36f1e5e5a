import Kernel
import Supervise

/// The events about the output of one process, for as long as its group exists.
final class OutputEvents {
    let process: String
    let group: String
    private let stdout: ChannelSettings
    private let stderr: ChannelSettings
    /// The process is an event listener: its stdout carries the protocol, and causes no events.
    private let listener: ProcessID?

    init(_ settings: ProcessSettings, group: String, listener: ProcessID?) {
        process = settings.name
        self.group = group
        stdout = settings.stdout
        stderr = settings.stderr
        self.listener = listener
    }

    var isNeeded: Bool { listener != nil || Self.tells(stdout) || Self.tells(stderr) }

    private static func tells(_ settings: ChannelSettings) -> Bool {
        settings.eventsEnabled || settings.captureMaxBytes > 0
    }

    /// Prepares for a child that is about to start.
    func attach(to channel: OutputChannel, _ output: Output) {
        let isStdout = channel.log.channel == .stdout
        if isStdout, let listener {
            channel.audience = .listener(ListenerOutput(listener, output.events))
        } else if Self.tells(isStdout ? stdout : stderr) {
            channel.audience = .events(
                ChannelEvents(isStdout ? stdout : stderr, channel.log.channel, self, output))
        }
    }
}

/// The events about one channel of one child: PROCESS_LOG for each read, and PROCESS_COMMUNICATION for text between
/// tags, which does not go to the log.
final class ChannelEvents {
    private let channel: ChannelName
    private let origin: OutputEvents
    /// 0 until the child has been started.
    var pid: Int32 = 0
    private let events: Events
    private let log: SupervisorLog
    private let isLogged: Bool
    private var scanner: CaptureScanner?
    private var captured: Tail

    init(_ settings: ChannelSettings, _ channel: ChannelName, _ origin: OutputEvents, _ output: Output) {
        self.channel = channel
        self.origin = origin
        events = output.events
        log = output.log
        isLogged = settings.eventsEnabled
        scanner = settings.captureMaxBytes > 0 ? CaptureScanner() : nil
        captured = Tail(capacity: min(settings.captureMaxBytes, EventLimits.capture))
    }

    var captures: Bool { scanner != nil }

    /// PROCESS_LOG, if it is enabled and wanted.
    func logged(_ bytes: UnsafeRawBufferPointer) {
        let type: EventType = channel == .stdout ? .logStdout : .logStderr
        guard isLogged, !bytes.isEmpty, events.wants(type) else { return }
        publish(type, channel.text, bytes)
    }

    private func publish(_ type: EventType, _ channel: String?, _ bytes: UnsafeRawBufferPointer) {
        guard bytes.count <= EventLimits.small || Heap.canTake(bytes.count * 12) else {
            return events.dropped(of: origin.process)
        }
        events.publish(type) {
            Payload.output(process: origin.process, group: origin.group, pid: pid, channel: channel, bytes)
        }
    }

    /// Removes the text between tags from a read, and publishes the events for its content in order.
    ///
    /// - Parameter buffer: has room in front for the beginning of a tag.
    func filter(_ buffer: Bytes, stripANSI: Bool) {
        guard var scanner else { return }
        scanner.heldBack.withUnsafeBytes { _ = buffer.prepend($0) }
        let bytes = buffer.mutable
        var index = 0
        var kept = 0
        while let piece = scanner.next(UnsafeRawBufferPointer(bytes), &index) {
            let part = UnsafeRawBufferPointer(rebasing: bytes[piece.range])
            tell(part, stripANSI)
            if piece.isCaptured {
                if captured.count > 0 || Heap.canTake(captured.capacity) { captured.append(part) }
                if piece.endsWithTag { communicate(stripANSI) }
            } else {
                UnsafeMutableRawBufferPointer(rebasing: bytes[kept...]).copyMemory(from: part)
                kept += part.count
            }
        }
        self.scanner = scanner
        buffer.cut(to: kept)
    }

    private func tell(_ part: UnsafeRawBufferPointer, _ stripANSI: Bool) {
        guard isLogged, !part.isEmpty else { return }
        if stripANSI {
            Self.stripped(Array(part)).withUnsafeBytes { logged($0) }
        } else {
            logged(part)
        }
    }

    private func communicate(_ stripANSI: Bool) {
        var text = captured.last()
        captured.clear()
        if stripANSI { text = Self.stripped(text) }
        text.withUnsafeBytes {
            publish(channel == .stdout ? .communicationStdout : .communicationStderr, nil, $0)
        }
        if log.isEnabled(.debug) { log.debug("'\(origin.process)' \(channel.text) emitted a comm event") }
    }

    private static func stripped(_ text: [UInt8]) -> [UInt8] {
        var text = text
        var stripper = AnsiStripper()
        let kept = text.withUnsafeMutableBytes { stripper.strip($0) }
        text.removeLast(max(text.count - kept.count, 0))
        if stripper.finish() { text.append(AnsiStripper.escape) }
        return text
    }

    /// The end of the output that belongs to no event: the beginning of a tag, or text whose end tag never came. It
    /// goes to the log, where users look for it; supervisord loses it.
    func rest() -> [UInt8] {
        guard let scanner else { return [] }
        var bytes = scanner.isCapturing ? CaptureScanner.begin + captured.last() : []
        bytes += scanner.heldBack
        if !scanner.isCapturing { bytes.withUnsafeBytes { logged($0) } }
        self.scanner = nil
        captured.clear()
        return bytes
    }
}
