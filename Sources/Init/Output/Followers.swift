import Kernel
import Supervise

/// The readers of `tail -f` of one log: each has the other end of a pipe.
///
/// A reader that is too slow loses what doesn't fit its pipe; nobody waits for it.
final class Followers {
    private var all: [Follower] = []
    private let output: Output

    init(_ output: Output) {
        self.output = output
    }

    var isEmpty: Bool { all.isEmpty }

    /// The reading end of a new follower's pipe, with `history` in it.
    ///
    /// - Throws: EMFILE when there are as many followers as may be.
    func add(history: [UInt8]) throws(Errno) -> Descriptor {
        guard output.followers < output.followerLimit else { throw .tooManyFiles }
        let pipe = try PipeEnds.toReader()
        history.withUnsafeBytes { _ = try? pipe.writing.write($0) }
        let follower = Follower(pipe.writing, of: self)
        // Asked for nothing, epoll still tells when the reader is gone.
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
        // An error is a reader that has gone: the event loop says so as well.
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
