/// A command line option of `init` that wins over a key of `[supervisord]`.
public struct SettingOverride: Equatable, Sendable {
    /// Keys that have an option, by supervisord's names.
    public enum Setting: Equatable, Sendable {
        case user, umask, directory, logfile, logfileMaxBytes, logfileBackups, logLevel, pidfile, identifier,
            childLogDirectory, minFDs, minProcs
        /// These take no value.
        case nodaemon, nocleanup, silent, stripANSI
    }

    /// As it was typed, for supervisord's sentence: `-l`, `--logfile`.
    public var option: String
    public var setting: Setting
    public var value: String

    public init(option: String, setting: Setting, value: String = "") {
        self.option = option
        self.setting = setting
        self.value = value
    }
}

extension Interpreter {
    typealias Change = (inout SupervisorSettings) -> Void

    /// The changes that the options ask for; wrong values are reported.
    func convert(_ overrides: [SettingOverride]) -> [Change] {
        var changes: [Change] = []
        for override in overrides {
            do throws(Complaint) {
                changes.append(try change(override.setting, Text(override.value)))
            } catch {
                complain(
                    .joined(
                        "invalid value for ", Text(override.option), " ", Text(override.value).quoted, ": ",
                        error.sentence), error.advice, at: nil)
            }
        }
        return changes
    }

    private func change(_ setting: SettingOverride.Setting, _ text: Text) throws(Complaint) -> Change {
        switch setting {
        case .user:
            overridingUser = text
            return { _ in }
        case .umask:
            let mask = try Conversion.octal(text)
            return { $0.umask = mask }
        case .directory:
            let path = try existingDirectory(text).string
            return { $0.directory = path }
        case .logfile:
            let path = try existingParent(text)
            let target: LogTarget = path.is("syslog") ? .syslog : .file(Path.resolved(path, surroundings).string)
            return { $0.logfile = target }
        case .logfileMaxBytes:
            let size = try Conversion.byteSize(text)
            return { $0.logfileMaxBytes = size }
        case .logfileBackups:
            let count = try Conversion.integer(text)
            return { $0.logfileBackups = count }
        case .logLevel:
            let level = try Conversion.logLevel(text)
            return { $0.logLevel = level }
        case .pidfile:
            let path = Path.resolved(try existingParent(text), surroundings).string
            return { $0.pidfile = path }
        case .identifier:
            return { $0.identifier = text.string }
        case .childLogDirectory:
            let path = try existingDirectory(text).string
            return { $0.childLogDirectory = path }
        case .minFDs:
            let count = try Conversion.integer(text)
            return { $0.minFDs = count }
        case .minProcs:
            let count = try Conversion.integer(text)
            return { $0.minProcs = count }
        case .nodaemon: return { $0.nodaemon = true }
        case .nocleanup: return { $0.nocleanup = true }
        case .silent: return { $0.silent = true }
        case .stripANSI: return { $0.stripANSI = true }
        }
    }
}
