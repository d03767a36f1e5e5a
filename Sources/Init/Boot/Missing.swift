import Kernel
import Supervise

/// What a configuration asks for but the system lacks: reported once at the start.
enum Missing {
    static func gateway(at path: String) -> String {
        "HTTP servers are not opened: there is no gateway at \(path) (gateway= in [supervisord] names another place); "
            + "ctl has a socket of its own"
    }

    static let landlock = "this kernel has no Landlock (Linux 5.13 and later, with landlock among its lsm=)"

    /// The programs that run with less isolation than they ask for; nil if all get it, or require it.
    static func isolation(_ configuration: Configuration) -> String? {
        guard !Landlock.isAvailable else { return nil }
        var names = ""
        for group in configuration.groups {
            for process in group.processes {
                guard let execution = process.execution, execution.usesLandlock, !execution.isLandlockRequired else {
                    continue
                }
                // Don't name all of a thousand processes of one program.
                if names.utf8.count < 200 { names += names.isEmpty ? process.name : ", \(process.name)" }
            }
        }
        if names.isEmpty { return nil }
        return "landlock_ro= and landlock_rw= of \(names) have no effect: \(landlock); "
            + "set landlock_required=true to prevent a program from running without it"
    }
}
