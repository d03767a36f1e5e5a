import Kernel
import Supervise

/// The readers of `tail -f` of one log. Each has the other end of a pipe.
///
/// A reader that is too slow loses what doesn't fit into its pipe: nothing waits for it.
final class Followers {
    private var all: [Follower] = []
    private let output: Output

    init(_ output: Output) {
        self.output = output
    }

    var isEmpty: Bool { all.isEmpty }

    /// Adds a follower: returns the reading end of its pipe, which contains `history`.
    ///
    /// - Throws: EMFILE at the limit of followers.
    func add(history: [UInt8]) throws(Errno) -> Descriptor {
        guard output.followers < output.followerLimit else { throw .tooManyFiles }
        let pipe = try PipeEnds.toReader()
        history.withUnsafeBytes { _ = try? pipe.writing.write($0) }
        let follower = Follower(pipe.writing, of: self)
        // Even without a requested event, epoll reports that the reader is gone.
        follower.watch = try output.loop.watch(follower.number, for: [], follower)
        all.append(follower)
        output.followers += 1
        return pipe.reading
    }

    func send(_ bytes: UnsafeRawBufferPointer) {
        for follower in all { follower.send(bytes) }
    }

    func close() {
        for follower in all { follower.cancel(output.loop) }
        output.followers -= all.count
        all = []
    }

    fileprivate func remove(_ follower: Follower) {
        follower.cancel(output.loop)
        let before = all.count
        all.removeAll { $0 === follower }
        output.followers -= before - all.count
    }
}

private final class Follower: Watcher {
    private let writing: Descriptor
    private let followers: Followers
    fileprivate var watch: Watch?

    init(_ writing: consuming Descriptor, of followers: Followers) {
        self.writing = writing
        self.followers = followers
    }

    var number: Int32 { writing.number }

    func send(_ bytes: UnsafeRawBufferPointer) {
        // An error means that the reader is gone; the event loop reports that, too.
        _ = try? writing.write(bytes)
    }

    func ready(_ readiness: Readiness, on watch: Watch) {
        followers.remove(self)
    }

    func cancel(_ loop: EventLoop) {
        if let watch { loop.cancel(watch) }
        watch = nil
    }
}
