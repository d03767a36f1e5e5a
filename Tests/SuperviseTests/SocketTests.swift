import Testing

@testable import Supervise

@Suite struct SocketTests {
    @Test func aSocketIsThereForAsLongAsAnybodyNeedsIt() {
        let (a, b) = (ProcessID(slot: 0, generation: 0), ProcessID(slot: 1, generation: 0))
        let again = ProcessID(slot: 0, generation: 1)
        var use = SocketUse()
        #expect(use.isUnused)
        let nothing = use.end { _ in true }
        #expect(!nothing, "there was none to close")
        use.begin(a)
        use.begin(b)
        use.begin(a)
        let oneLeft = use.end { $0 == a }
        #expect(!oneLeft && !use.isUnused)
        use.begin(again)
        let other = use.end { $0 == a || $0 == b }
        #expect(!other, "the next owner of a slot is somebody else")
        let last = use.end { _ in true }
        #expect(last && use.isUnused)
    }

    static let hosts = """
        127.0.0.1\tlocalhost Loop # db
        ::1 localhost six
        #10.0.0.1 gone

        10.0.0.2   db.local   DB
        10.0.0.3 db
        broken
        """

    @Test(arguments: [
        ("localhost", "127.0.0.1"), ("loop", "127.0.0.1"), ("db", "10.0.0.2"), ("db.LOCAL", "10.0.0.2"), ("six", nil),
        ("gone", nil), ("broken", nil), ("127.0.0.1", nil), ("", nil),
    ])
    func namesOfHosts(name: String, address: String?) {
        #expect(HostsFile.address(of: name, in: Array(Self.hosts.utf8)) == address)
    }
}
