import Host
import Kernel
import Supervise

@_cdecl("Init_main")
public func main(_ argc: Int32, _ argv: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32 {
    let arguments = CStringArray.bytes(count: argc, argv)
    let environment = CStringArray.ofProcess()
    if arguments.count > 2, arguments[1] == Array("-c".utf8) {
        let path = String(decoding: arguments[2], as: UTF8.self)
        do throws(ConfigurationError) {
            let configuration = try ConfigurationLoader.load(path: path, surroundings: SystemSurroundings())
            guard let signals = try? SignalWatcher() else { return 1 }
            return Supervision.run(configuration, path: path, signals: signals)
        } catch {
            File.print(error.report, to: 2)
            return 2
        }
    }
    let invocation = Invocation.parse(arguments) { name in
        environment.value(of: name).map { String(decoding: $0, as: UTF8.self) }
    }
    switch invocation {
    case .single(let command):
        var runner = SingleRunner(command, name: "init")
        return runner.run()
    case .tell(let text):
        File.print(text)
        return 0
    case .refuse(let text, let code):
        File.print(text, to: 2)
        return code
    }
}
