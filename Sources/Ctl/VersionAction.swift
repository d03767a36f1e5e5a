import Kernel
import Supervise

/// What this version offers beyond supervisord, for scripts that have to know. A name stays as long as the feature does.
private let features: [StaticString] = [
    "capabilities", "cgroups", "dependencies", "endings", "healthchecks", "hooks", "jobs", "landlock", "main-program",
    "profiles", "readiness", "reload", "scale", "secrets", "watch",
]

/// `version`, in supervisorctl's words: the version of supervisord that the supervisor speaks.
@Sendable func version(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    if words.count == 1, words[0].equals("--json") { return session.tellVersionAsJSON() }
    guard words.isEmpty else { return session.mistake("Error: version accepts no arguments", in: "version") }
    guard try session.isUp() else { return }
    session.output(try session.spokenVersion())
}

extension Session {
    fileprivate func spokenVersion() throws(CtlError) -> OutputText {
        guard let version = try call("supervisor.getSupervisorVersion").bytes else { throw CtlError.unreadable }
        return OutputText(version)
    }

    /// `ctl --version`.
    func tellVersion() {
        output("\(Version.name) \(Version.number)")
        output("commit \(SourceCommit.text)")
        output("speaks supervisord \(Version.supervisord)")
        var line: OutputText = "features"
        for feature in features { line = "\(line) \(feature)" }
        output(line)
    }

    /// `version --json`: one document on stdout. `server` is null if none answers, which is an error, too; its `version` and `commit`
    /// are null if it is another software.
    fileprivate func tellVersionAsJSON() {
        var spoken: OutputText?
        var identity: SupervisorIdentity?
        do throws(CtlError) {
            spoken = try spokenVersion()
            identity = (try? call(AccessProtocol.identify)).flatMap { SupervisorIdentity($0) }
        } catch {
            note(error.line(of: server, asSupervisorctl: isSupervisorctl))
            if case .unreachable(let errno) = error { server.explain(errno, to: self) }
            exitStatus = ExitCode.unknown
        }
        var json = JSONWriter()
        json.object { json in
            json.string("version", Version.number)
            json.string("commit", SourceCommit.text)
            json.string("supervisord", Version.supervisord)
            json.array("features") { json in
                for feature in features { json.string(nil, feature.description) }
            }
            guard let spoken else { return json.string("server", nil) }
            json.object("server") { json in
                json.string("version", Self.known(identity?.version))
                json.string("commit", Self.known(identity?.commit))
                json.string("supervisord", String(decoding: spoken.bytes, as: UTF8.self))
            }
        }
        output(raw: json.bytes)
    }

    private static func known(_ text: String?) -> String? { text?.isEmpty == false ? text : nil }
}
