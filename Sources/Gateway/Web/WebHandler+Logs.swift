import NIOHTTP1
import Supervise

/// The pages of logs.
extension WebHandler {
    /// One after the other: of stderr, or of stdout if there is no stderr.
    func lastLines(
        of names: ArraySlice<String>, _ found: [String: [UInt8]], _ completion: @escaping ([String: [UInt8]]) -> Void
    ) {
        guard let name = names.first else { return completion(found) }
        end(of: .stderr, name) { [self] stderr in
            let next = { (lines: [UInt8]?) in
                var found = found
                found[name] = lines
                self.lastLines(of: names.dropFirst(), found, completion)
            }
            if let lines = stderr.flatMap(LastLines.of) { return next(lines) }
            end(of: .stdout, name) { next($0.flatMap(LastLines.of)) }
        }
    }

    func end(of channel: LogChannel, _ name: String, _ completion: @escaping ([UInt8]?) -> Void) {
        logs.read(channel, [.string(name), .int(-LastLines.read), .int(0)]) { outcome in
            guard case .value(let encoded) = outcome else { return completion(nil) }
            completion(encoded.value?.bytes)
        }
    }

    /// The default and the maximum size of the log on a page: a browser has to lay it out at once.
    private static let limits = 1024...(4 << 20)

    func tail(_ form: FormFields, _ exchange: Exchange) {
        let limit = Self.limit(form)
        let channel: LogChannel = form["channel"] == "stderr" ? .stderr : .stdout
        guard let name = form["processname"] else {
            let page = TailPage(
                subject: .nobody, identifier: settings.identifier, channel: channel, log: .text([]), limit: limit)
            return exchange.respond(.html(page.page))
        }
        control.ask("reeve.processInfo", [.text(name)], waits: false) { [self] answer in
            var program: PageProgram?
            if case .value(let encoded) = answer { program = encoded.value.flatMap(PageProgram.init) }
            let isBoth = form["channel"] == "both"
            read(isBoth ? [.stdout, .stderr] : [channel], of: name, limit) { [self] logs in
                var page = TailPage(
                    subject: .program(name, program), identifier: settings.identifier, channel: channel, isBoth: isBoth,
                    log: .joined(logs), limit: limit)
                page.message = form["message"]
                page.processes = (program?.pid).flatMap { $0 == 0 ? nil : ProcessTree.below($0) }
                exchange.respond(.html(page.page))
            }
        }
    }

    typealias LogEnd = (channel: LogChannel, text: TailPage.Log)

    /// The ends of logs.
    func read(
        _ channels: ArraySlice<LogChannel>, of name: String, _ limit: Int, _ known: [LogEnd] = [],
        _ completion: @escaping ([LogEnd]) -> Void
    ) {
        guard let channel = channels.first else { return completion(known) }
        logs.read(channel, [.string(name), .int(-limit), .int(0)]) { [self] outcome in
            let log: TailPage.Log
            switch outcome {
            case .value(let encoded): log = .text(encoded.value?.bytes ?? [])
            case .fault(Fault.noFile.rawValue, _): log = .refused("No file for \(name)")
            case .fault(let code, let text): log = .refused("ERROR: \(Fault.explanation(code: code, text: text))")
            }
            read(channels.dropFirst(), of: name, limit, known + [(channel, log)], completion)
        }
    }

    /// Programs whose last lines stand there without a script.
    private static let mostAtOnce = 12

    func allLogs(_ exchange: Exchange) {
        programs { [self] programs in
            let names = (programs ?? []).map(\.fullName)
            lastLines(of: names.prefix(Self.mostAtOnce), [:]) { [self] lines in
                var text: [UInt8] = []
                for name in names {
                    if let lines = lines[name] { text += Array("\(name):\n".utf8) + lines + [0x0a, 0x0a] }
                }
                if names.count > Self.mostAtOnce { text += Array("…\n".utf8) }
                let page = TailPage(
                    subject: .all, identifier: settings.identifier, channel: .main, log: .text(text), limit: 0)
                exchange.respond(.html(page.page))
            }
        }
    }

    func mainLog(_ form: FormFields, _ exchange: Exchange) {
        let limit = Self.limit(form)
        logs.read(.main, [.int(-limit), .int(0)]) { [self] outcome in
            let log: TailPage.Log
            switch outcome {
            case .value(let encoded): log = .text(encoded.value?.bytes ?? [])
            case .fault(Fault.noFile.rawValue, _): log = .refused("The supervisor has no log file")
            case .fault(let code, let text): log = .refused("ERROR: \(Fault.explanation(code: code, text: text))")
            }
            let page = TailPage(
                subject: .main, identifier: settings.identifier, channel: .main, log: log, limit: limit)
            exchange.respond(.html(page.page))
        }
    }

    private static func limit(_ form: FormFields) -> Int {
        // As in supervisord: without a number it is the default, and too small a number becomes the minimum.
        let wanted = form["limit"].flatMap { $0.utf8.allSatisfy { (48...57).contains($0) } ? Int($0) ?? .max : nil }
        return min(max(wanted ?? limits.lowerBound, limits.lowerBound), limits.upperBound)
    }
}

extension TailPage.Log {
    /// One below the other: that is how it is without a script.
    fileprivate static func joined(_ logs: [WebHandler.LogEnd]) -> TailPage.Log {
        guard logs.count > 1 else { return logs.first?.text ?? .text([]) }
        var all: [UInt8] = []
        for (channel, log) in logs {
            guard case .text(let bytes) = log else { continue }
            all += Array("\(channel.rawValue):\n".utf8) + bytes
            if bytes.last != 0x0a { all.append(0x0a) }
        }
        return all.isEmpty ? logs[0].text : .text(all)
    }
}
