import Host
import Kernel
import Supervise

/// From the command line to the exit code.
enum Start {
    static func main(_ arguments: [[UInt8]]) -> Int32 {
        // First of all: from here on, a TERM waits until it is read. Before that, PID 1 would not get it at all.
        SignalSet.all.subtracting(.synchronous).block()
        SystemProcess.reserveStandardStreams()
        // An inherited "ignore" would make the kernel reap children, and exit codes would be lost.
        try? SystemProcess.setDisposition(of: Signal.child.number, ignored: false)
        let program = String(decoding: arguments.first ?? [], as: UTF8.self)
        switch Invocation.parse(arguments, surroundings: SystemSurroundings()) {
        case .single(let command):
            var runner = SingleRunner(command, name: "init")
            return runner.run()
        case .proxy(let command):
            return PidProxy(command, name: "pidproxy").run()
        case .tell(let text):
            File.print(text)
            return 0
        case .version(let line):
            File.print("\(line)commit \(SourceCommit.text)\n")
            return 0
        case .refuse(let text, let code):
            File.print(text, to: 2)
            return code
        case .programs(let configuration):
            return supervise(configuration, file: nil, SupervisorOptions(), program)
        case .supervise(let file, let options):
            if options.isSearched, Machine.user == 0 {
                File.print("Warning: \(ConfigurationLoader.searchedAsRoot)\n", to: 2)
            }
            CrashReport.phase("reading the configuration")
            Heap.expectReading()
            do throws(ConfigurationError) {
                let configuration = try ConfigurationLoader.load(
                    path: file, surroundings: SystemSurroundings(isFirst: true), isSupervisord: options.isSupervisord)
                if options.isDump {
                    File.print(bytes: configuration.applying(options).json())
                    return 0
                }
                if let form = options.graph {
                    File.print(StartOrder(configuration).graph(form))
                    return 0
                }
                if options.isCheck {
                    return Check.report(configuration.applying(options), file, isStrict: options.isStrict)
                }
                return supervise(configuration, file: file, options, program)
            } catch {
                File.print("\(error.report)For help, use \(program) -h\n", to: 2)
                return 2
            }
        }
    }

    /// Only a process that was started as `supervisord` goes into the background, and never PID 1: the container would
    /// end.
    private static func supervise(
        _ configuration: Configuration, file: String?, _ options: SupervisorOptions, _ program: String
    ) -> Int32 {
        var options = options
        if !options.isSupervisord || SystemProcess.isInit { options.stayInForeground() }
        let configuration = configuration.applying(options)
        var processes = 0
        for group in configuration.groups { processes += group.processes.count }
        guard Heap.reserve(forProcesses: processes) else {
            File.print(ConfigurationError.memory(processes).report, to: 2)
            return 1
        }
        Heap.tidy()
        let boot = Boot(options)
        do throws(Boot.BootError) {
            try boot.prepare(configuration)
        } catch {
            File.print("Error: \(error.sentence.oneLine)\nFor help, use \(program) -h\n", to: 2)
            return 2
        }
        guard let signals = try? SignalWatcher() else {
            File.print("init: cannot start: no signalfd: \(Errno.last.description)\n", to: 2)
            return 1
        }
        return Supervision.run(configuration, path: file, signals: signals, options: options, boot: boot)
    }
}
