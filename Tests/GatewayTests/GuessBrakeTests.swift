import NIOCore
import NIOEmbedded
import Testing

@testable import Gateway

@Suite struct GuessBrakeTests {
    private final class World {
        let loop = EmbeddedEventLoop()
        var lines: [String] = []
        var released: [Int] = []
        lazy var brake = GuessBrake(on: loop) { [unowned self] in lines.append($0) }
        let me = HTTPPeer.address([10, 0, 0, 1])

        /// A wrong password, checked when its turn comes.
        @discardableResult func guess(_ number: Int = 0, from peer: HTTPPeer? = nil) -> GuessBrake.Verdict {
            let peer = peer ?? me
            let (verdict, _) = brake.judge(peer) { [self] in
                released.append(number)
                brake.failed(peer, at: "inet_http_server")
            }
            if verdict == .look { brake.failed(peer, at: "inet_http_server") }
            return verdict
        }

        func pass(seconds: Int64) { loop.advanceTime(by: .seconds(seconds)) }
    }

    @Test func afterTenTheyAreLookedAtOneByOneInOrder() {
        let world = World()
        for _ in 0..<10 { #expect(world.guess() == .look) }
        for number in 1...3 { #expect(world.guess(number) == .wait) }
        #expect(world.released.isEmpty)
        world.pass(seconds: 1)
        #expect(world.released == [1])
        world.pass(seconds: 1)
        #expect(world.released == [1, 2])
        world.pass(seconds: 5)
        #expect(world.released == [1, 2, 3])
        // Guesses are forgiven gradually.
        world.pass(seconds: 4)
        #expect(world.guess() == .look)
    }

    @Test func othersNoticeNothing() {
        let world = World()
        for _ in 0..<30 { world.guess() }
        for peer in [HTTPPeer.address([10, 0, 0, 2]), .user(0), .unknown, .address([0xfe, 0x80, 0, 0, 0, 0, 0, 0])] {
            #expect(world.guess(from: peer) == .look)
        }
    }

    @Test func soManyWaitAndNoMore() {
        let world = World()
        for _ in 0..<10 { world.guess() }
        for _ in 0..<Limits.waitingGuesses { #expect(world.guess() == .wait) }
        #expect(world.guess() == .refuse)
        world.pass(seconds: 1)
        #expect(world.guess() == .wait)
    }

    @Test func whoGivesUpCostsNothing() {
        let world = World()
        for _ in 0..<10 { world.guess() }
        let (_, ticket) = world.brake.judge(world.me) { Issue.record("it has given up") }
        #expect(world.guess(7) == .wait)
        ticket?.cancel()
        world.pass(seconds: 1)
        #expect(world.released == [7])
    }

    @Test func itIsToldOnceUntilItIsForgiven() {
        let world = World()
        for _ in 0..<9 { world.guess() }
        #expect(world.lines.isEmpty)
        for _ in 0..<20 { world.guess() }
        #expect(
            world.lines.count == 1
                && world.lines[0].hasPrefix("<4>10 wrong passwords from 10.0.0.1 for [inet_http_server]"))
        world.pass(seconds: 100)
        for _ in 0..<10 { world.guess() }
        #expect(world.lines.count == 2)
        // Hundreds of peers at once cause only one line.
        for number in 0..<200 { for _ in 0..<10 { world.guess(from: .user(UInt32(number))) } }
        #expect(world.lines.count == 2)
    }

    @Test func peersAreRememberedInBounds() {
        let world = World()
        for number in 0..<UInt32(Limits.guessingPeers + 100) { world.guess(from: .user(number)) }
        #expect(world.brake.count <= Limits.guessingPeers)
    }

    @Test func peersAreNamed() {
        #expect(HTTPPeer.address([192, 168, 0, 1]).text == "192.168.0.1")
        #expect(HTTPPeer.address([0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 1]).text == "2001:db8:0:1::/64")
        #expect(HTTPPeer.user(65534).text == "uid 65534")
    }
}
