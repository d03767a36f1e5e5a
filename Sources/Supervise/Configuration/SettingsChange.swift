/// What new settings mean for a process that has older ones.
enum SettingsChange: Equatable {
    case nothing
    /// It goes on with them.
    case inPlace
    /// They need a new process.
    case restart
}

/// Numbers of keys.
struct KeyNumbers {
    private var isIn = [Bool](repeating: false, count: 256)

    func contains(_ number: UInt8) -> Bool { isIn[Int(number)] }

    /// Keys of programs whose new values a process goes on with.
    static var inPlace: KeyNumbers {
        var numbers = KeyNumbers()
        KeyTable.each { number, row in
            if row.isInPlace { numbers.isIn[Int(number)] = true }
        }
        return numbers
    }
}

extension ProcessSettings {
    /// - Parameter inPlace: see `KeyNumbers.inPlace`.
    func change(to new: ProcessSettings, _ inPlace: KeyNumbers) -> SettingsChange {
        if self == new { return .nothing }
        // Beside values, all of it says how it is executed.
        if self != new.with(values) { return .restart }
        var change = SettingsChange.nothing
        for number in values.differences(new.values) {
            guard inPlace.contains(number) else { return .restart }
            switch Key(rawValue: number) {
            case .stdoutLogfile, .stderrLogfile:
                // AUTO is no change, wherever the log goes now.
                guard let log = new.values[number] else { continue }
                guard values[number]?.isOrdinaryFile == true, log.isOrdinaryFile else { return .restart }
            default: break
            }
            change = .inPlace
        }
        return change
    }

    /// Its logs are where those of older settings are, if these say no more than AUTO.
    func keepingLogs(of old: ProcessSettings) -> ProcessSettings {
        var values = values
        for key in [Key.stdoutLogfile, .stderrLogfile] where values[key] == nil { values[key] = old.values[key] }
        return with(values)
    }
}

extension KeyValue {
    /// A log that is a file, and not what `init` was given, or a device.
    fileprivate var isOrdinaryFile: Bool {
        guard case .log(.file(let path)) = self else { return false }
        let text = Text(path)
        return !text.hasPrefix("/dev/") && !text.hasPrefix("/proc/")
    }
}
