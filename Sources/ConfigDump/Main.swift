import Host
import Kernel
import Supervise

/// `config-dump FILE` prints the effective configuration as JSON, or `{"error": ...}`. It uses fixed stand-ins for the
/// machine, for tests.
///
/// `config-dump --report FILE` prints problems and remarks as users see them; `--real` asks the real machine.
/// `config-dump --overlap` changes a variable while another function changes it, which must end the process.
@_cdecl("ConfigDump_main")
public func main(_ argc: Int32, _ argv: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32 {
    var path: String?
    var isReport = false
    var isReal = false
    for index in 1..<max(1, Int(argc)) {
        guard let argument = argv[index].map({ String(cString: $0) }) else { continue }
        switch argument {
        case "--report": isReport = true
        case "--real": isReal = true
        case "--overlap": return Overlap.commit()
        case "--no-overlap": return Overlap.avoid()
        default: path = argument
        }
    }
    guard let path else {
        File.print("usage: config-dump [--report] [--real] FILE\n", to: 2)
        return 2
    }
    let real = SystemSurroundings()
    let folder = ConfigurationLoader.folder(of: path, surroundings: real)
    let surroundings: any Surroundings = isReal ? real : StandIns(folder: folder)
    do throws(ConfigurationError) {
        let configuration = try ConfigurationLoader.load(
            path: path, surroundings: surroundings, isSupervisord: true)
        if isReport {
            for remark in configuration.remarks { File.print("\(remark.description)\n") }
        } else {
            File.print(bytes: configuration.json(isExact: true))
        }
    } catch {
        if isReport {
            File.print(error.report)
            return 1
        }
        File.print(bytes: error.json)
    }
    return 0
}
