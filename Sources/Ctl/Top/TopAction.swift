import Kernel
import Supervise

// top: all programs on a screen that stays current; `--once` and `--json` for everything that is no screen.

/// What the arguments of `top` say.
struct TopOptions {
    var isOnce = false
    var isJSON = false
    var isReadOnly = false
    var order = TopOrder.name
    var filter: [UInt8] = []
    var names: [[UInt8]] = []

    private static let all: [Arguments.Option] = [
        .init("", "--once"), .init("", "--json"), .init("", "--read-only"), .init("", "--sort", takesValue: true),
        .init("", "--filter", takesValue: true),
    ]

    init(_ words: [[UInt8]], _ session: Session) throws(Arguments.UsageError) {
        let arguments = try Arguments(words, Self.all)
        isOnce = arguments.has("--once")
        isJSON = arguments.has("--json")
        isReadOnly = arguments.has("--read-only")
        names = arguments.names
        filter = arguments.value(of: "--filter") ?? []
        guard let word = arguments.value(of: "--sort") else { return }
        var known: [[UInt8]] = []
        for order in TopOrder.allCases {
            if word.equals(order.word) { self.order = order }
            known.append(OutputText("\(order.word)").bytes)
        }
        guard word.equals(order.word) else {
            throw Arguments.UsageError(
                sentence:
                    "Error: \(word) is nothing to sort by: name, state, cpu, mem, restarts or up\(Session.hint(for: word, among: known))"
            )
        }
    }
}

@Sendable func top(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    let options: TopOptions
    do throws(Arguments.UsageError) {
        options = try TopOptions(words, session)
    } catch {
        return session.mistake(error.sentence, in: "top", status: ExitCode.invalidArguments)
    }
    guard try session.isUp() else { return }
    if options.isJSON { return try session.streamAsJSON(options) }
    let screen = TopScreen(session, options)
    if options.isOnce || !Terminal.isOne(0) || !Terminal.canShowTables {
        try screen.printOnce()
    } else {
        try screen.run()
    }
}

extension Session {
    /// A line of JSON a second, and only one with `--once`.
    fileprivate func streamAsJSON(_ options: TopOptions) throws(CtlError) {
        let interrupt = try watchInterrupts()
        let sampler = TopSampler()
        while true {
            let infos = try processes(options.names, .history) { sentence, word in
                note(sentence)
                suggestProgram(for: word)
                exitStatus = ExitCode.unknown
            }
            sampler.sample(infos, supervisor: try supervisorHere(), wantsTrees: false)
            var json = JSONWriter()
            json.array { json in
                for info in infos {
                    Self.write(info, into: &json) { json in
                        let usage = sampler.usage(of: info["pid"]?.int ?? 0)
                        json.int("cpu_thousandths", usage?.cpu)
                        json.int("memory_bytes", usage?.memory)
                    }
                }
            }
            // One line: a reader takes it as it comes.
            output(raw: json.bytes.filter { $0 != UInt8(ascii: "\n") } + [UInt8(ascii: "\n")])
            flush()
            if options.isOnce { return }
            guard let ready = try? File.waitReadable([interrupt], milliseconds: 1000), !ready[0] else { return }
        }
    }

    /// How often init has restarted programs in the last hour; nil: the server doesn't tell.
    func restartsInHour() throws(CtlError) -> Int? {
        guard try !isTranslated() else { return nil }
        do throws(CtlError) {
            // Behind the last process there is only what concerns all.
            return try call("reeve.metrics", [.int(Int(Int32.max))])["restarts_in_hour"]?.int
        } catch .fault {
            return nil
        }
    }

    /// The supervisor's pid if its processes are visible from here; else nil.
    func supervisorHere() throws(CtlError) -> Int? {
        let peer = Int(try supervisorPID())
        guard peer > 0, let pid = try call("supervisor.getPID").int, pid == peer else { return nil }
        return pid
    }
}
