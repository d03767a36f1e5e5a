import Supervise
import Testing

@testable import Init

@Suite struct MissingTests {
    @Test func whatIsNotDoneIsSaid() {
        var configuration = Configuration()
        #expect(Missing.sentences(configuration).isEmpty)
        var listener = GroupSettings()
        listener.name = "mail"
        listener.kind = .eventListener(EventListenerSettings())
        configuration.groups = [listener]
        var server = ServerSettings()
        server.section = "inet_http_server"
        configuration.servers = [server]
        let sentences = Missing.sentences(configuration)
        #expect(sentences.count == 2)
        #expect(sentences[0].utf8.starts(with: "[inet_http_server]".utf8))
        #expect(sentences[1].utf8.starts(with: "[eventlistener:mail]".utf8))
    }
}
