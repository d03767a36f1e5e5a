import Kernel
import Supervise

/// `gateway client`: translates between `ctl` and a server that is reachable only over HTTP. It reads requests of the
/// control protocol from its descriptor 3, one at a time, and answers them with the server's answers; it exits with the
/// connection.
final class Translator {
    private let server: ForeignServer
    private let poller: Poller
    /// nil at free places. A stream's tokens are twice its index, for its source, and one more, for its pipe.
    private var streams: [(stream: FollowedStream, source: Int32?)?] = []

    private static let control = TranslatorProtocol.descriptor
    private static let controlToken = UInt64.max

    private init(_ server: ForeignServer) throws(Errno) {
        self.server = server
        poller = try Poller()
        try poller.add(Self.control, .read, token: Self.controlToken)
    }

    /// Returns when `ctl` has gone.
    static func run() {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Wire.largestPacket, alignment: 16)
        defer { buffer.deallocate() }
        do throws(Errno) {
            guard let request = try next(buffer) else { return }
            guard request.method == TranslatorProtocol.begin, let url = request.parameters.first?.text else {
                return say("gateway client is started by ctl")
            }
            let credentials = request.parameters.dropFirst().compactMap(\.bytes)
            let server: ForeignServer
            do throws(ClientError) {
                server = try ForeignServer(
                    url: url, username: credentials.first, password: credentials.count > 1 ? credentials[1] : nil)
            } catch {
                return try reply(Reply.encoded(id: request.id, fault: error.fault.code, text: error.fault.text))
            }
            try reply(Reply.encoded(id: request.id, value: encoded(.bool(true))))
            try Translator(server).translate(buffer)
        } catch {
            say("gateway client: the connection to ctl can't be used: \(error.description)")
        }
    }

    private static func say(_ sentence: String) { File.print("\(sentence)\n", to: 2) }

    /// nil at the end, and after an invalid request.
    private static func next(_ buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> ControlRequest? {
        while true {
            guard let packet = try UnixSocket.receive(into: buffer, from: control) else { continue }
            guard packet.count > 0, !packet.isTruncated else { return nil }
            return ControlRequest(decoding: Array(buffer[..<packet.count]))
        }
    }

    private func translate(_ buffer: UnsafeMutableRawBufferPointer) throws(Errno) {
        var isOver = false
        while !isOver {
            var isAsked = false
            poller.wait(milliseconds: -1, first: Self.controlToken) { token, readiness in
                if token == Self.controlToken { isAsked = true } else { advance(Int(token), readiness) }
            }
            guard isAsked else { continue }
            guard let request = try Self.next(buffer) else {
                isOver = true
                continue
            }
            do throws(ClientError) {
                try answer(request)
            } catch {
                try Self.reply(Reply.encoded(id: request.id, fault: error.fault.code, text: error.fault.text))
            }
        }
    }

    // MARK: Answers

    /// The next read reports errors of the connection to `ctl`.
    private func answer(_ request: ControlRequest) throws(ClientError) {
        switch request.method {
        case "reeve.openLog": try openLog(request)
        case "reeve.follow": try follow(request)
        case "reeve.wait": try tell(request, Programs(server).wait(request.parameters, while: Self.isConnected))
        case "reeve.ready": try tell(request, Programs(server).ready(request.parameters))
        default: try tell(request, server.call(request.method, request.parameters))
        }
    }

    /// `ctl` sends nothing while it waits: if it is readable, that is the end.
    private static func isConnected(milliseconds: Int32) -> Bool {
        (try? File.waitReadable([control], milliseconds: milliseconds))?.contains(true) == false
    }

    private func tell(_ request: ControlRequest, _ answer: ForeignServer.CallAnswer) {
        switch answer {
        case .fault(let code, let text): try? Self.reply(Reply.encoded(id: request.id, fault: code, text: text))
        case .value(let value):
            let packet = Reply.encoded(id: request.id, value: Self.encoded(value))
            if packet.count <= Wire.largestPacket { try? Self.reply(packet) } else { tellLong(request, value) }
        }
    }

    private func tellLong(_ request: ControlRequest, _ value: Value) {
        guard let file = try? MemoryFile.make(named: "answer", holding: Self.encoded(value)) else {
            return tell(request, .fault(.failed, "there is no room for the answer"))
        }
        try? Self.reply(Reply.encodedForFile(id: request.id), file.number)
    }

    private static func encoded(_ value: Value) -> [UInt8] {
        var encoder = WireEncoder()
        encoder.value(value)
        return encoder.bytes
    }

    private static func reply(_ packet: [UInt8], _ descriptor: Int32? = nil) throws(Errno) {
        _ = try UnixSocket.send(packet, descriptor: descriptor, to: control)
    }

    // MARK: Logs

    /// Like init's, with a third parameter: how many bytes of the end are wanted, 0 for all. The file is a copy.
    private func openLog(_ request: ControlRequest) throws(ClientError) {
        guard let name = request.parameters.first, let channel = request.parameters.dropFirst().first?.text else {
            return tell(request, .fault(.incorrectParameters))
        }
        let count = request.parameters.count > 2 ? request.parameters[2].int ?? 0 : 0
        let range: [Value] = [.int(-count), .int(0)]
        let answer =
            name.bytes?.isEmpty == true
            ? try server.call("supervisor.readLog", range)
            : try server.call(
                "supervisor.readProcess\(channel == "stderr" ? "Stderr" : "Stdout")Log", [name] + range)
        guard case .value(let value) = answer else { return tell(request, answer) }
        guard let bytes = value.bytes, let file = try? MemoryFile.make(named: "log", holding: bytes) else {
            return tell(request, .fault(.failed))
        }
        try? Self.reply(
            Reply.encoded(id: request.id, value: Self.encoded(.bool(true)), withDescriptor: true), file.number)
    }

    /// Like init's, but the server decides how much earlier output comes first: 1024 bytes.
    private func follow(_ request: ControlRequest) throws(ClientError) {
        guard let name = request.parameters.first?.bytes, let channel = request.parameters.dropFirst().first?.text
        else { return tell(request, .fault(.incorrectParameters)) }
        let path = name.isEmpty ? "/mainlogtail" : "/logtail/\(Self.escaped(name))/\(channel)"
        let connection = try server.follow(path)
        guard let pipe = try? PipeEnds.toReader() else { return tell(request, .fault(.failed)) }
        let stream = FollowedStream(connection, into: pipe.writing)
        // Earlier output arrives with the answer, unless the server delays it.
        if case .reading(let number) = stream.state,
            (try? File.waitReadable([number], milliseconds: Self.patience))?.contains(true) == true
        {
            stream.read()
        } else {
            stream.write()
        }
        try? Self.reply(
            Reply.encoded(id: request.id, value: Self.encoded(.bool(true)), withDescriptor: true),
            pipe.reading.number)
        let index = streams.firstIndex { $0 == nil } ?? streams.count
        if index == streams.count { streams.append(nil) }
        streams[index] = (stream, nil)
        try? poller.add(stream.number, [], token: UInt64(2 * index + 1))
        watch(index)
    }

    /// Milliseconds for the first bytes of a stream.
    private static let patience: Int32 = 100

    /// Encoded as a part of a path.
    private static func escaped(_ name: [UInt8]) -> String {
        Percent.encode(name, keeping: ":*")
    }

    private func advance(_ token: Int, _ readiness: Readiness) {
        let index = token / 2
        guard streams.indices.contains(index), let place = streams[index] else { return }
        if token % 2 == 0 {
            place.stream.read()
        } else if readiness.contains(.error) {
            // `ctl` has closed its end.
            place.stream.giveUp()
        } else {
            place.stream.write()
        }
        watch(index)
    }

    /// Waits for what the stream needs now, and for the pipe's reader to go away.
    private func watch(_ index: Int) {
        guard let place = streams[index] else { return }
        let state = place.stream.state
        if let number = place.source, !state.isReading(number) {
            poller.remove(number)
            streams[index]?.source = nil
        }
        switch state {
        case .reading(let number):
            if place.source == nil {
                try? poller.add(number, .read, token: UInt64(2 * index))
                streams[index]?.source = number
            }
            try? poller.change(place.stream.number, [], token: UInt64(2 * index + 1))
        case .writing: try? poller.change(place.stream.number, .write, token: UInt64(2 * index + 1))
        case .over:
            poller.remove(place.stream.number)
            // Closing it is the reader's end of file.
            streams[index] = nil
        }
    }
}
