extension Fault {
    /// A sentence for people: names and numbers of faults are for programs.
    public var sentence: StaticString {
        switch self {
        case .unknownMethod: "the supervisor does not know this request"
        case .incorrectParameters, .badArguments: "the supervisor does not accept these arguments"
        case .signatureUnsupported: "the supervisor has no signature of this method"
        case .shutdownState: "the supervisor is shutting down"
        case .badName: "no such program or group"
        case .badSignal: "no such signal"
        case .noFile: "no such file"
        case .notExecutable: "the file is not executable"
        case .failed: "the supervisor could not do it"
        case .abnormalTermination: "the program exited before it was up"
        case .spawnError: "the program could not be started"
        case .alreadyStarted: "the program is already started"
        case .notRunning: "the program is not running"
        case .success: "nothing is wrong"
        case .alreadyAdded: "the group is already in service"
        case .stillRunning: "programs of the group are still running"
        case .cantReread: "the configuration can't be read"
        }
    }

    /// The sentence for a fault's code and supervisord's text, and what the text adds to the fault's name. For an
    /// unknown code it is the text itself.
    public static func explanation(code: Int, text: [UInt8]) -> [UInt8] {
        guard let fault = Fault(rawValue: code) else { return text }
        let name = "\(fault.name)".bytes
        let sentence = "\(fault.sentence)".bytes
        guard text.starts(with: name) else { return text.isEmpty ? sentence : sentence + ": ".bytes + text }
        let extra = text.dropFirst(name.count)
        return extra.isEmpty || extra.elementsEqual(": ".bytes) ? sentence : sentence + extra
    }
}
