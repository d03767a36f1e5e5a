import Supervise
import Testing

@testable import Gateway

/// XML-RPC offers exactly the methods of the list, with the same names and parameters.
@Suite struct MethodListTests {
    @Test func nothingIsMissingAndNothingIsMore() {
        let offered = Set(Method.all.map(\.name))
        let listed = ControlMethod.allCases.filter { !$0.name.description.hasPrefix("reeve.") }
        #expect(offered == Set(listed.map(\.name.description)))
    }

    @Test(arguments: ControlMethod.allCases.filter { !$0.name.description.hasPrefix("reeve.") })
    func parametersAndWhoAnswers(_ listed: ControlMethod) throws {
        let method = try #require(Method.named(listed.name.description))
        let parameters = method.parameters.map { "\($0.name):\($0.kind.rawValue)\($0.isOptional ? "?" : "")" }
        #expect(parameters.joined(separator: " ") == listed.parameters.description, "each has its help")
        let isInits =
            switch method.work {
            case .supervisor, .supervisorWaiting, .sendInput, .sendEvent: true
            case .readLog, .tailLog, .listMethods, .methodHelp, .methodSignature, .multicall: false
            }
        #expect(isInits == (listed.answerer == .supervisor))
    }
}
