import Testing

@testable import Supervise

/// Every row of the table, and that what stands in it is true.
@Suite struct KeyTableTests {
    /// A row in one of its sections.
    struct Place: CustomStringConvertible, Sendable {
        let kind: SectionKind
        let row: KeyRow

        var description: String { "\(kind) \(row.name)" }
        var name: String { "\(row.name)" }
        /// A listener's stdout carries the protocol.
        var isForbidden: Bool { kind == .eventListener && row.key == .redirectStderr }

        /// A configuration with this section, in which the key has a value, or not.
        func text(_ value: String?) -> String {
            var keys: [(String, String)] = []
            switch kind {
            case .supervisord, .supervisorctl: break
            case .include: keys = [("files", "/nope/*")]
            case .inetServer: keys = [("port", "127.0.0.1:1")]
            case .unixServer: keys = [("file", "/s")]
            case .program: keys = [("command", "x")]
            case .group: keys = [("programs", "a")]
            case .eventListener: keys = [("command", "x"), ("events", "TICK_60")]
            case .fcgiProgram: keys = [("command", "x"), ("socket", "unix:///f")]
            case .rpcInterface:
                keys = [("supervisor.rpcinterface_factory", "supervisor.rpcinterface:make_main_rpcinterface")]
            case .ctlPlugin: break
            case .hook: keys = [("command", "x"), ("events", "TICK_60")]
            }
            // What the value needs beside it.
            switch row.key {
            case .password, .passwordFile: if value != nil { keys.append(("username", "u")) }
            case .username: if value != nil { keys.append(("password", "p")) }
            case .numprocs, .numprocsStart: keys.append(("process_name", "%(process_num)d"))
            case .healthcheckInterval, .healthcheckTimeout, .healthcheckRetries, .healthcheckStartPeriod,
                .healthcheckStartInterval, .healthcheckAction:
                keys.append(("healthcheck_command", "true"))
                if row.key == .healthcheckInterval { keys.append(("healthcheck_start_interval", "0.1")) }
            default: break
            }
            if let value {
                keys.removeAll { $0.0 == name }
                keys.append((name, value))
            }
            let section = "\(kind.prefix)".hasSuffix(":") ? "\(kind.prefix)x" : "\(kind.prefix)"
            let lines = keys.map { "\($0.0)=\($0.1)" }.joined(separator: "\n")
            let head = kind == .supervisord ? "" : "[supervisord]\n"
            return head + "[\(section)]\n\(lines)\n[program:a]\ncommand=a\n[program:b]\ncommand=b\n"
        }

        func machine(_ value: String?) -> FakeMachine {
            let machine = FakeMachine(text(value))
            machine.missingDirectories = ["/missing"]
            machine.files["/pw"] = Array("hidden\n".utf8)
            return machine
        }
    }

    static let places: [Place] = {
        let table = KeyTable()
        return table.indices.flatMap { position in
            SectionKind.allCases.filter { table[position].sections.contains(SectionKinds($0)) }
                .map { Place(kind: $0, row: table[position]) }
        }
    }()

    /// As `init --dump-config` shows it; what `ctl` reads is shown nowhere.
    private func shown(_ place: Place, _ value: String?) throws -> String {
        if place.kind == .supervisorctl {
            let client = try ConfigurationLoader.loadClient(path: FakeMachine.path, surroundings: place.machine(value))
            return "\(client)"
        }
        return String(decoding: try place.machine(value).load().json(), as: UTF8.self)
    }

    @Test func constantsOfSectionsAreTheirCases() {
        let constants: [(SectionKinds, [SectionKind])] = [
            (.supervisord, [.supervisord]), (.supervisorctl, [.supervisorctl]), (.include, [.include]),
            (.inetServer, [.inetServer]), (.unixServer, [.unixServer]), (.servers, [.inetServer, .unixServer]),
            (.program, [.program]), (.group, [.group]), (.eventListener, [.eventListener]),
            (.fcgiProgram, [.fcgiProgram]),
            (.programs, [.program, .eventListener, .fcgiProgram]), (.rpcInterface, [.rpcInterface]),
            (.ctlPlugin, [.ctlPlugin]), (.hook, [.hook]),
        ]
        for (constant, kinds) in constants {
            #expect(constant == kinds.reduce(into: SectionKinds()) { $0.insert(SectionKinds($1)) })
        }
    }

    @Test func everyKeyHasItsRows() {
        let table = KeyTable()
        for key in Key.allCases { #expect(!table.name(key).isEmpty, "\(key) has no row") }
        for kind in SectionKind.allCases {
            let names = table.names(in: kind).map(\.string)
            #expect(Set(names).count == names.count, "a key of \(kind) has two rows")
        }
        for position in table.indices { #expect(table[position].sentence.utf8CodeUnitCount > 5) }
    }

    @Test(arguments: places) func aDefaultMeansTheSameAsNothing(_ place: Place) throws {
        guard case .value(let written) = place.row.fallback else { return }
        // A group of listeners starts before others, and `ctl` has more places to look at when none is named.
        if place.kind == .eventListener && place.row.key == .priority || place.row.type == .clientURL { return }
        #expect(try shown(place, "\(written)") == shown(place, nil))
    }

    @Test(arguments: places) func wrongValuesAreRefused(_ place: Place) {
        for value in KeySamples.refused(place.row) {
            do throws(ConfigurationError) {
                if place.kind == .supervisorctl {
                    _ = try ConfigurationLoader.loadClient(
                        path: FakeMachine.path, surroundings: place.machine(value))
                } else {
                    _ = try place.machine(value).load()
                }
                // Nothing looks at plugins of supervisorctl.
                #expect(place.kind == .ctlPlugin, "\(place)=\(value) is accepted")
            } catch {
                #expect(error.report.contains(place.name), "\(place)=\(value): \(error.report)")
                #expect(error.problems.allSatisfy { !$0.advice.isEmpty })
            }
        }
    }

    @Test(arguments: places) func aValueIsShown(_ place: Place) throws {
        let value = KeySamples.accepted(place.row)
        switch place.row.type {
        // There is one handler; names of files and modules mean nothing here.
        case .handler, .factory, .patterns: return
        default: break
        }
        guard !place.isForbidden else { return }
        let json = try shown(place, value)
        #expect(try json != shown(place, nil), "\(place)=\(value) makes no difference")
        if place.row.isSecret || place.row.type == .variables || place.row.type == .supervisorVariables {
            #expect(!json.contains("hidden") && json.contains("********") || place.kind == .supervisorctl)
        }
    }

    /// `update` starts programs again whose group is another one.
    @Test(arguments: places) func aValueOfAProgramMakesADifference(_ place: Place) throws {
        switch place.row.holder {
        case .process, .group, .address: break
        case .supervisor, .server, .client, .hook, .nothing: return
        }
        guard place.kind != .unixServer, place.kind != .inetServer, place.row.type != .handler,
            !place.isForbidden
        else { return }
        let before = try place.machine(nil).load().groups
        let after = try place.machine(KeySamples.accepted(place.row)).load().groups
        #expect(before.count == after.count || place.kind == .group)
        #expect(zip(before, after).contains { !$1.isSame(as: $0) }, "\(place) makes no difference")
        #expect(zip(before, before).allSatisfy { $1.isSame(as: $0) })
    }

    /// A key of which no code knows is its row.
    @Test func aRowIsEnough() throws {
        let row = KeyRow(
            nil, "colour", in: .programs, .text, default: .value("grey"), since: .v010, "what it looks like")
        let table = KeyTable([row])
        func load(_ line: String) throws -> (Configuration, String) {
            let interpreter = Interpreter(
                path: FakeMachine.path, surroundings: FakeMachine("[program:a]\ncommand=x\n\(line)\n"), table: table)
            interpreter.run()
            #expect(interpreter.error == nil)
            return (interpreter.configuration, String(decoding: interpreter.configuration.json(table), as: UTF8.self))
        }
        let (red, shown) = try load("colour=red")
        #expect(shown.contains("\"colour\": \"red\"") && red.remarks.isEmpty)
        #expect(try !red.groups[0].isSame(as: load("colour=blue").0.groups[0]))
        #expect(try red.groups[0].isSame(as: load("colour=red").0.groups[0]))
        #expect(try load("color=red").0.remarks[0].text.contains("did you mean `colour`?"))
    }
}
