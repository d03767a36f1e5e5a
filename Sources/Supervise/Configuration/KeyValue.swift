/// What a value of the configuration means.
enum KeyValue: Equatable, Sendable {
    case bool(Bool)
    case int(Int)
    /// Thousandths.
    case decimal(Int)
    case text(String)
    case texts([String])
    case ints([Int])
    case variables(VariableList)
    case account(Account)
    case accounts([Account])
    indirect case ownership(Ownership)
    case log(LogTarget)
    case logLevel(LogLevel)
    case autoRestart(AutoRestart)
    case endPolicy(EndPolicy)
    case healthAction(HealthAction)
    /// nil in place of none.
    indirect case notify(NotifyMode)
    case signal(Signal)
    /// Two or more.
    case signals([Signal])
    indirect case capabilities(CapabilitySets, written: String)
    indirect case initCapabilities(InitCapabilities)
    case limit(soft: UInt64, hard: UInt64)
    /// Processors as a bit mask, byte by byte.
    case processors([UInt8])
    case dependencies([Dependency])
}

/// Variables are equal when the same names have the same values, in whatever order, as in Python.
struct VariableList: Equatable, Sendable {
    let list: [EnvironmentVariable]

    init(_ list: [EnvironmentVariable]) { self.list = list }

    static func == (a: VariableList, b: VariableList) -> Bool {
        guard a.list.count == b.list.count else { return false }
        if a.list == b.list { return true }
        // Names are unique.
        return a.list.allSatisfy { b.list.contains($0) }
    }
}

/// Values by key, sorted; only what differs from the defaults is in it. Processes whose values are equal share them.
struct KeyValues: Equatable, Sendable, ExpressibleByDictionaryLiteral {
    private struct Entry: Equatable, Sendable {
        // In this order it takes three words.
        let value: KeyValue
        let number: UInt8
    }

    private var entries: [Entry] = []

    init() {}

    init(dictionaryLiteral elements: (Key, KeyValue)...) {
        for (key, value) in elements { self[key.rawValue] = value }
    }

    subscript(number: UInt8) -> KeyValue? {
        get {
            for entry in entries where entry.number == number { return entry.value }
            return nil
        }
        set {
            var position = 0
            while position < entries.count, entries[position].number < number { position += 1 }
            let isThere = position < entries.count && entries[position].number == number
            switch (newValue, isThere) {
            case (let value?, true): entries[position] = Entry(value: value, number: number)
            case (let value?, false): entries.insert(Entry(value: value, number: number), at: position)
            case (nil, true): entries.remove(at: position)
            case (nil, false): break
            }
        }
    }

    subscript(key: Key) -> KeyValue? {
        get { self[key.rawValue] }
        set { self[key.rawValue] = newValue }
    }

    /// Whether one of these keys is there.
    func contains(_ range: ClosedRange<UInt8>) -> Bool { entries.contains { range.contains($0.number) } }

    /// Sets what differs from the default.
    mutating func set(_ number: UInt8, _ value: KeyValue, unless defaults: KeyDefaults) {
        self[number] = defaults[number] == value ? nil : value
    }

    mutating func set(_ key: Key, _ value: KeyValue, unless defaults: KeyDefaults) {
        set(key.rawValue, value, unless: defaults)
    }

    /// These under others, which count.
    func overridden(by others: KeyValues, unless defaults: KeyDefaults) -> KeyValues {
        var result = self
        for entry in others.entries { result.set(entry.number, entry.value, unless: defaults) }
        return result
    }

    /// Without room to grow: there are as many of these as processes.
    var compact: KeyValues {
        var result = KeyValues()
        result.entries.reserveCapacity(entries.count)
        for entry in entries { result.entries.append(entry) }
        return result
    }

    /// Numbers of keys whose values differ.
    func differences(_ others: KeyValues) -> [UInt8] {
        var numbers: [UInt8] = []
        for entry in entries where others[entry.number] != entry.value { numbers.append(entry.number) }
        for entry in others.entries where self[entry.number] == nil { numbers.append(entry.number) }
        return numbers
    }

    /// The same object in memory.
    func isShared(with other: KeyValues) -> Bool {
        entries.withUnsafeBufferPointer { a in
            other.entries.withUnsafeBufferPointer { b in a.baseAddress == b.baseAddress && a.count == b.count }
        }
    }

    static func == (a: KeyValues, b: KeyValues) -> Bool { a.isShared(with: b) || a.entries == b.entries }
}

// A key has values of one type only, which its row says.
extension KeyValues {
    func value(_ key: Key, or defaults: KeyDefaults) -> KeyValue? { self[key] ?? defaults[key.rawValue] }

    func bool(_ key: Key, or defaults: KeyDefaults) -> Bool {
        if case .bool(let value) = value(key, or: defaults) { value } else { false }
    }

    func int(_ key: Key, or defaults: KeyDefaults) -> Int {
        if case .int(let value) = value(key, or: defaults) { value } else { 0 }
    }

    func endPolicy(_ key: Key) -> EndPolicy {
        if case .endPolicy(let value) = self[key] { value } else { .restart }
    }

    func text(_ key: Key, or defaults: KeyDefaults) -> String {
        if case .text(let value) = value(key, or: defaults) { value } else { "" }
    }

    func log(_ key: Key, or defaults: KeyDefaults) -> LogTarget {
        if case .log(let value) = value(key, or: defaults) { value } else { .none }
    }

    func bool(_ key: Key) -> Bool? { if case .bool(let value) = self[key] { value } else { nil } }
    func int(_ key: Key) -> Int? { if case .int(let value) = self[key] { value } else { nil } }
    func decimal(_ key: Key) -> Int? { if case .decimal(let value) = self[key] { value } else { nil } }
    func text(_ key: Key) -> String? { if case .text(let value) = self[key] { value } else { nil } }
    func texts(_ key: Key) -> [String]? { if case .texts(let value) = self[key] { value } else { nil } }
    func account(_ key: Key) -> Account? { if case .account(let value) = self[key] { value } else { nil } }

    func variables(_ key: Key) -> [EnvironmentVariable] {
        if case .variables(let value) = self[key] { value.list } else { [] }
    }
}
