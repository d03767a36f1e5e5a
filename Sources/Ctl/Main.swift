import Kernel
import Supervise

@_cdecl("Ctl_main")
public func main(_ argc: Int32, _ argv: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32 {
    Heap.beginBriefly()
    SystemProcess.reserveStandardStreams()
    var arguments: [[UInt8]] = []
    for index in 0..<max(0, Int(argc)) {
        guard let argument = argv[index] else { break }
        arguments.append(bytes(of: argument))
    }
    let program = arguments.first ?? [UInt8]("ctl".utf8)
    let options: Options
    do throws(Options.UsageError) {
        options = try Options(Array(arguments.dropFirst()))
    } catch {
        if let close = error.suggestion, !isSupervisorctl(program) {
            return refuse("\(error.text); did you mean \(close)?", program)
        }
        return refuse(error.text, program)
    }
    return run(options, program, Array(arguments.dropFirst().dropLast(options.words.count)))
}

private func run(_ options: Options, _ program: [UInt8], _ ownOptions: [[UInt8]]) -> Int32 {
    let isSupervisorctl = isSupervisorctl(program)
    if options.wantsHelp || options.wantsVersion {
        let session = Session(
            server: SupervisorServer(places: []), isInteractive: false, prompt: "", isSupervisorctl: isSupervisorctl)
        if options.wantsHelp {
            session.printUsage(program: program)
        } else {
            session.tellVersion()
        }
        session.flush()
        return ExitCode.success
    }
    if !isSupervisorctl, let action = options.words.first {
        // These need no supervisor.
        if action.equals("probe") { return ProbeAction.run(Array(options.words.dropFirst())) }
        if action.equals("migrate") { return MigrateAction.run(Array(options.words.dropFirst())) }
    }
    let isShell = options.words.isEmpty
    let whereabouts: Whereabouts
    do throws(ConfigurationError) {
        whereabouts = try Whereabouts(options, program: program)
    } catch {
        File.print(error.report, to: 2)
        return advise(program)
    }
    let session = Session(
        server: whereabouts.server, isInteractive: isShell || options.isInteractive, prompt: whereabouts.prompt,
        whereabouts: whereabouts, isSupervisorctl: isSupervisorctl)
    session.ownOptions = ownOptions
    if isShell {
        session.converse(historyFile: whereabouts.historyFile)
        session.flush()
        session.disconnect()
        return ExitCode.success
    }
    session.perform(line: Array(options.words.joined(separator: [UInt8(ascii: " ")])))
    session.flush()
    session.disconnect()
    if session.wasInterrupted { SystemProcess.endByInterrupt() }
    return session.exitStatus
}

private func isSupervisorctl(_ program: [UInt8]) -> Bool {
    let slash = program.lastIndex(of: UInt8(ascii: "/"))
    return Array(program[(slash.map { $0 + 1 } ?? 0)...]).equals("supervisorctl")
}

private func refuse(_ why: OutputText, _ program: [UInt8]) -> Int32 {
    let message: OutputText = "Error: \(why)\n"
    File.print(bytes: message.bytes, to: 2)
    return advise(program)
}

private func advise(_ program: [UInt8]) -> Int32 {
    let advice: OutputText = "For help, use \(program) -h\n"
    File.print(bytes: advice.bytes, to: 2)
    return ExitCode.invalidArguments
}

private func bytes(of string: UnsafeMutablePointer<CChar>) -> [UInt8] {
    var bytes: [UInt8] = []
    var at = string
    while at.pointee != 0 {
        bytes.append(UInt8(bitPattern: at.pointee))
        at += 1
    }
    return bytes
}
