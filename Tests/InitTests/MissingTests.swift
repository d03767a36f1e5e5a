import Supervise
import Testing

@testable import Init

@Suite struct MissingTests {
    @Test func whatIsNotDoneIsSaid() {
        var configuration = Configuration()
        #expect(Missing.sentences(configuration).isEmpty)
        var server = ServerSettings()
        server.section = "inet_http_server"
        configuration.servers = [server]
        let sentences = Missing.sentences(configuration)
        #expect(sentences.count == 1)
        #expect(sentences[0].utf8.starts(with: "[inet_http_server]".utf8))
    }
}
