import CLinux
import Testing

@testable import Kernel

@Suite struct SignalTests {
    @Test func setsKnowTheirMembers() {
        var set: SignalSet = [SIGHUP, 64, 0, 65, -1]
        #expect(set.bits == 0x8000_0000_0000_0001)
        #expect(set.contains(64) && !set.contains(0) && !set.contains(65))
        set.remove(64)
        #expect(set == [SIGHUP])
        #expect(SignalSet.all.subtracting(.synchronous).contains(SIGTERM))
        #expect(!SignalSet.all.subtracting(.synchronous).contains(SIGSEGV))
    }

    /// Sends the signals to one thread, so that no other thread of the test process gets them.
    @Test func queueHoldsWhatArrived() throws {
        let before = SignalSet.none.block()
        defer { before.setBlocked() }
        let queue = try SignalQueue([SIGUSR2, 50])
        #expect(queue.drain().isEmpty)
        #expect(raise(SIGUSR2) == 0)
        #expect(raise(SIGUSR2) == 0)
        for _ in 0..<40 { #expect(raise(50) == 0) }
        var arrived: [ReceivedSignal] = []
        while case let more = queue.drain(), !more.isEmpty {
            #expect(more.count <= 32)
            arrived += more
        }
        #expect(arrived.filter { $0.number == SIGUSR2 }.count == 1)
        #expect(arrived.filter { $0.number == 50 }.count == 40)
        #expect(arrived.allSatisfy { $0.sender == SystemProcess.id })
    }

    @Test func waitSleepsUntilOneIsThere() {
        let before = ([SIGUSR1] as SignalSet).block()
        defer { before.setBlocked() }
        #expect(raise(SIGUSR1) == 0)
        let received = SignalQueue.wait(for: [SIGUSR1])
        #expect(received.number == SIGUSR1 && received.sender == SystemProcess.id)
    }

    @Test(arguments: [
        (0x0000, Int32?.some(0), Int32?.none, false), (0x2a00, 42, nil, false), (0xff00, 255, nil, false),
        (0x000f, nil, 15, false), (0x008b, nil, 11, true),
    ])
    func statusesAreReadAsTheKernelWritesThem(raw: Int32, code: Int32?, signal: Int32?, core: Bool) {
        let status = WaitStatus(raw: raw)
        #expect(status.exitCode == code && status.signal == signal && status.dumpedCore == core)
        #expect(status.stopSignal == nil)
    }

    @Test func stoppedIsNotDead() {
        let status = WaitStatus(raw: 0x137f)
        #expect(status.exitCode == nil && status.signal == nil && status.stopSignal == SIGSTOP)
    }

    @Test func nobodyIsSignalledByAccident() {
        for pid: Int32 in [0, -1, -5] {
            #expect(throws: Errno.noSuchProcess) { try SystemProcess.signal(pid, 0) }
            #expect(throws: Errno.noSuchProcess) { try SystemProcess.signal(group: pid, 0) }
        }
        #expect(throws: Errno.notPermitted) { try SystemProcess.signalEverybody(0) }
    }
}
