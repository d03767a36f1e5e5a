import Kernel
import Supervise

extension Session {
    /// The processes that names stand for, in the order of the names; all of them if there is no name or one is `all`.
    ///
    /// - Parameters:
    ///   - detail: what the server says of each, if it knows the difference.
    ///   - unknown: gets a sentence for each word that means nothing.
    func processes(
        _ words: [[UInt8]], _ detail: ProcessDetail = .supervisord, unknown: (OutputText, _ word: [UInt8]) -> Void
    ) throws(CtlError) -> [Value] {
        let all = try processes(detail)
        if words.isEmpty || words.sayAll { return all }
        var chosen: [Value] = []
        for word in words {
            let name = Namespec(word)
            let before = chosen.count
            for info in all where try info.bytes("group") == name.group {
                if let process = name.process, try info.bytes("name") != process { continue }
                chosen.append(info)
            }
            guard chosen.count == before else { continue }
            unknown(
                name.process == nil ? "\(name.group): ERROR (no such group)" : "\(word): ERROR (no such process)", word)
        }
        return chosen
    }

    /// supervisord, and every server over XML-RPC, reports no more than supervisord's struct has.
    private func processes(_ detail: ProcessDetail) throws(CtlError) -> [Value] {
        do throws(CtlError) {
            switch detail {
            case .state: if try !isTranslated() { return try list("reeve.allStates") }
            // Only the answer about one program has all ends of its runs.
            case .history, .endings: return try list("reeve.allProcessInfo")
            case .supervisord: break
            }
            return try list("supervisor.getAllProcessInfo")
        } catch .fault(Fault.unknownMethod.rawValue, _) {
            return try list("supervisor.getAllProcessInfo")
        }
    }

    /// `status --json`: one document on stdout, whatever is in the names; errors go to stderr only.
    func statusAsJSON(_ words: [[UInt8]]) {
        do throws(CtlError) {
            let chosen = try processes(words, .history) { sentence, word in
                note(sentence)
                suggestProgram(for: word)
                exitStatus = ExitCode.unknown
            }
            var json = JSONWriter()
            json.array { json in
                for info in chosen { Self.write(info, into: &json) }
            }
            output(raw: json.bytes)
            for info in chosen where ProcessState(rawValue: try info.int("state"))?.isStopped ?? false {
                exitStatus = ExitCode.somethingStopped
            }
        } catch {
            note(error.line(of: server, asSupervisorctl: isSupervisorctl))
            if case .unreachable(let errno) = error { server.explain(errno, to: self) }
            exitStatus = ExitCode.unknown
        }
    }

    /// Every member of the supervisor's struct under its own name, and what users would compute from them.
    ///
    /// - Parameter more: adds members.
    static func write(_ info: Value, into json: inout JSONWriter, more: (inout JSONWriter) -> Void = { _ in }) {
        json.object { json in
            if case .structure(let members) = info {
                for member in members {
                    switch member.value {
                    case .int(let number): json.member(member.name, number)
                    case .string: json.member(member.name, member.value.text ?? "")
                    case .bool, .array, .structure: break  // written below
                    }
                }
            }
            let (group, name) = (info["group"]?.bytes ?? [], info["name"]?.bytes ?? [])
            json.string("fullname", Namespec.shown(group: group, process: name).bytes.text)
            json.int("uptime", uptime(of: info))
            writeHistory(info, into: &json)
            more(&json)
        }
    }

    /// null for what the server doesn't report; `last_exit` is null before the first exit, too.
    private static func writeHistory(_ info: Value, into json: inout JSONWriter) {
        writeDependencies(info, into: &json)
        if info["waiting_for"] == nil { json.string("waiting_for", nil) }
        writeHealth(info, into: &json)
        if info["substate"] == nil { json.string("substate", nil) }
        if info["restarts"] == nil { json.int("restarts", nil) }
        json.bool("unstable", info["unstable"]?.bool)
        guard let exit = info["last_exit"] else { return json.int("last_exit", nil) }
        let signal = exit["signal"]?.text ?? ""
        json.object("last_exit") { json in
            json.int("code", signal.isEmpty ? exit["code"]?.int : nil)
            json.string("signal", signal.isEmpty ? nil : signal)
            json.bool("core", exit["core"]?.bool)
            json.int("time", exit["time"]?.int)
        }
    }

    /// Whom it depends on, in the words of `depends_on`.
    private static func writeDependencies(_ info: Value, into json: inout JSONWriter) {
        guard let dependencies = info["depends_on"]?.array else { return json.string("depends_on", nil) }
        json.array("depends_on") { json in
            for dependency in dependencies { json.string(nil, dependency.text) }
        }
    }

    /// null without a health check, and for a program that doesn't speak for itself.
    private static func writeHealth(_ info: Value, into json: inout JSONWriter) {
        if info["health"] == nil { json.string("health", nil) }
        if info["status_text"] == nil { json.string("status_text", nil) }
        json.array("health_checks") { json in
            for check in info["health_checks"]?.array ?? [] {
                json.object { json in
                    json.int("time", check["time"]?.int)
                    json.bool("success", check["success"]?.bool)
                    json.string("problem", check["problem"]?.text)
                    json.string("output", check["output"]?.text)
                }
            }
        }
    }

    /// Seconds; nil if nothing runs.
    private static func uptime(of info: Value) -> Int? {
        guard let pid = info["pid"]?.int, pid != 0, let start = info["start"]?.int, let now = info["now"]?.int else {
            return nil
        }
        return max(0, now - start)
    }
}
