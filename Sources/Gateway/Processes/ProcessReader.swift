import NIOCore
import NIOPosix

/// Reads /proc in a thread of its own, which has nothing else to do: three system calls for each process take as long as
/// everything else in an answer about programs, and the loop serves its clients meanwhile.
final class ProcessReader {
    private let loop: any EventLoop
    private let thread = NIOThreadPool(numberOfThreads: 1)

    /// The thread starts now: later there may be no room for another one.
    init(on loop: any EventLoop) {
        self.loop = loop
        thread.start()
    }

    /// - Parameter completion: called in a later turn of the loop.
    func read(_ completion: @escaping (ProcessSnapshot) -> Void) {
        let bound = NIOLoopBound(completion, eventLoop: loop)
        thread.submit { [loop] _ in
            let snapshot = ProcessSnapshot.now()
            loop.execute { bound.value(snapshot) }
        }
    }
}
