import Kernel
import Supervise

extension Session {
    /// The processes that names mean, in the order of the names; all of them when there is no name or one is `all`.
    func processes(_ words: [[UInt8]], unknown: (Text) -> Void) throws(Failure) -> [Value] {
        let all = try list("supervisor.getAllProcessInfo")
        if words.isEmpty || words.sayAll { return all }
        var chosen: [Value] = []
        for word in words {
            let name = Name(word)
            let before = chosen.count
            for info in all where try info.bytes("group") == name.group {
                if let process = name.process, try info.bytes("name") != process { continue }
                chosen.append(info)
            }
            guard chosen.count == before else { continue }
            unknown(name.process == nil ? "\(name.group): ERROR (no such group)" : "\(word): ERROR (no such process)")
        }
        return chosen
    }

    /// `status --json`: one document on stdout, whatever is in the names; what is wrong goes to stderr alone.
    func statusAsJSON(_ words: [[UInt8]]) {
        do throws(Failure) {
            let chosen = try processes(words) { sentence in
                note(sentence)
                exitStatus = Status.unknown
            }
            var json = JSONWriter()
            json.array { json in
                for info in chosen { Self.write(info, into: &json) }
            }
            output(raw: json.bytes)
            for info in chosen where ProcessState(rawValue: try info.int("state"))?.isStopped ?? false {
                exitStatus = Status.somethingStopped
            }
        } catch {
            note(error.line(of: server, asSupervisorctl: isSupervisorctl))
            if case .unreachable(let errno) = error { server.explain(errno, to: self) }
            exitStatus = Status.unknown
        }
    }

    /// Every member of the supervisor's struct under its own name, and what people compute from them.
    private static func write(_ info: Value, into json: inout JSONWriter) {
        json.object { json in
            if case .structure(let members) = info {
                for member in members {
                    switch member.value {
                    case .int(let number): json.member(member.name, number)
                    case .string: json.member(member.name, member.value.text ?? "")
                    case .bool, .array, .structure: break  // no version of the interface has one here
                    }
                }
            }
            let (group, name) = (info["group"]?.bytes ?? [], info["name"]?.bytes ?? [])
            json.string("fullname", Name.shown(group: group, process: name).bytes.text)
            json.int("uptime", uptime(of: info))
        }
    }

    /// Seconds; nil when nothing runs.
    private static func uptime(of info: Value) -> Int? {
        guard let pid = info["pid"]?.int, pid != 0, let start = info["start"]?.int, let now = info["now"]?.int else {
            return nil
        }
        return max(0, now - start)
    }
}
