import NIOCore
import NIOEmbedded
import Testing

@testable import Gateway

@Suite struct ConnectionTableTests {
    /// A server's socket, which shows whether it accepts, and its connections.
    private final class World {
        let loop = EmbeddedEventLoop()
        let statistics = Statistics()
        let listening: EmbeddedChannel
        let table: ConnectionTable
        var connections: [HTTPConnection] = []

        /// - Parameter limit: an eighth of it, at least two, is the reserve.
        init(limit: Int) {
            listening = EmbeddedChannel(loop: loop)
            table = ConnectionTable(limit: limit, idleTime: .seconds(60), statistics: statistics, on: loop) { true }
            table.add(server: listening)
        }

        var isAccepting: Bool { (try? listening.syncOptions?.getOption(.autoRead)) ?? true }

        @discardableResult func connect() -> HTTPConnection {
            let channel = EmbeddedChannel(loop: loop)
            // Only a connected channel is active.
            if let address = try? SocketAddress(unixDomainSocketPath: "/client") {
                channel.connect(to: address, promise: nil)
            }
            let connection = HTTPConnection(channel, in: table)
            // As the pipeline does.
            channel.closeFuture.assumeIsolated().whenComplete { _ in connection.ended() }
            table.add(connection)
            connections.append(connection)
            return connection
        }

        func work(_ connection: HTTPConnection) {
            connection.bytesCame()
            connection.requestIsComplete()
        }

        func pass(milliseconds: Int64) { loop.advanceTime(by: .milliseconds(milliseconds)) }
        var open: Int { table.count }
    }

    @Test func whoHasJustComeIsNotSentAwayForTheNext() {
        let world = World(limit: 16)
        for _ in 0..<14 { world.connect() }
        #expect(world.open == 14 && world.statistics.displaced == 0)
        world.pass(milliseconds: 50)
        #expect(world.open == 14, "further ones wait in the backlog")
    }

    @Test func whoSaysNothingIsSentAwayAfterAWhileTheOldestFirst() {
        let world = World(limit: 16)
        let first = world.connect()
        world.pass(milliseconds: 10)
        for _ in 0..<15 { world.connect() }
        world.pass(milliseconds: 1900)
        #expect(world.open == 16 && first.channel.isActive)
        world.pass(milliseconds: 300)
        #expect(world.statistics.displaced >= 1 && !first.channel.isActive)
    }

    @Test func whoIsBetweenTwoRequestsMakesRoomSoonerThanWhoWorks() {
        let world = World(limit: 16)
        for _ in 0..<15 { world.work(world.connect()) }
        let idle = world.connect()
        world.work(idle)
        idle.isAnswered()
        world.pass(milliseconds: 800)
        #expect(idle.channel.isActive)
        world.pass(milliseconds: 400)
        #expect(!idle.channel.isActive && world.statistics.displaced == 1 && world.open == 15)
    }

    @Test func theReserveIsUsedWhenAllAreAtWorkForAMoment() {
        let world = World(limit: 16)
        for _ in 0..<14 { world.work(world.connect()) }
        // A request that isn't a probe is granted up to this number, then waits, then is rejected.
        for _ in 0..<14 { #expect(world.table.admit {}.0 == .granted) }
        var isResumed = false
        #expect(world.table.admit { isResumed = true }.0 == .waits)
        #expect(world.table.admit {}.0 == .refused)
        world.table.finished()
        #expect(!isResumed, "in a later turn of the loop")
        world.pass(milliseconds: 0)
        #expect(isResumed)
        #expect(world.table.admit {}.0 == .waits)
    }

    @Test func whoWaitsAndGoesIsPassedOver() {
        let world = World(limit: 40)
        for _ in 0..<35 { #expect(world.table.admit {}.0 == .granted) }
        var resumed: [Int] = []
        let (_, place) = world.table.admit { resumed.append(1) }
        #expect(world.table.admit { resumed.append(2) }.0 == .waits)
        place?.cancel()
        world.table.finished()
        world.pass(milliseconds: 0)
        #expect(resumed == [2])
    }
}
