import Kernel
import NIOCore
import NIOPosix

/// Reads a pipe whose other end init has: one piece per request, so that nothing accumulates here if a client is slow.
/// Belongs to the loop.
final class PipeReader {
    /// The most bytes of a piece.
    static let piece = 32 << 10
    /// Bytes that wait in the pipe for a slow client; what doesn't fit is lost, since init waits for no reader.
    private static let capacity = 256 << 10

    private enum State {
        case opening
        case open(any Channel)
        case over
    }

    private var state = State.opening
    private var isWanted = false
    /// Unrequested pieces: at its end SwiftNIO reads everything that is left in a pipe.
    private var unasked = CircularBuffer<[UInt8]>()
    private var hasEnded = false
    private var took: (([UInt8]) -> Void)?
    private var ended: (() -> Void)?

    /// - Parameters:
    ///   - piece: the most bytes of a piece.
    ///   - took: a piece that was asked for by `read`.
    ///   - ended: nothing follows, since the other end was closed; not called after `close`.
    init(
        _ descriptor: SharedDescriptor, on loop: any EventLoop, piece: Int = PipeReader.piece,
        took: @escaping ([UInt8]) -> Void,
        ended: @escaping () -> Void
    ) throws(Errno) {
        self.took = took
        self.ended = ended
        PipeEnds.widen(descriptor.number, to: Self.capacity)
        let number = try File.duplicate(descriptor.number)
        let bound = NIOLoopBound(self, eventLoop: loop)
        NIOPipeBootstrap(group: loop)
            .channelOption(.autoRead, value: false)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: piece))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(PipeHandler(bound.value))
                }
            }
            .takingOwnershipOfDescriptor(input: number)
            .assumeIsolated().whenComplete { [self] result in
                switch (result, state) {
                case (.success(let channel), .opening):
                    state = .open(channel)
                    if isWanted { channel.read() }
                case (.success(let channel), _): channel.close(promise: nil)
                case (.failure, _): over()
                }
            }
    }

    /// Reads one piece, when there is one.
    func read() {
        if let piece = unasked.popFirst() {
            took?(piece)
        } else if hasEnded {
            over()
        } else {
            isWanted = true
            if case .open(let channel) = state { channel.read() }
        }
    }

    /// No callback is called any more.
    func close() {
        if case .open(let channel) = state { channel.close(promise: nil) }
        state = .over
        took = nil
        ended = nil
    }

    fileprivate func came(_ bytes: [UInt8]) {
        if isWanted {
            isWanted = false
            took?(bytes)
        } else {
            unasked.append(bytes)
        }
    }

    fileprivate func inputEnded() {
        hasEnded = true
        if isWanted { over() }
    }

    private func over() {
        let ended = ended
        close()
        ended?()
    }
}

private final class PipeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let reader: PipeReader

    init(_ reader: PipeReader) { self.reader = reader }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        reader.came(Array(unwrapInboundIn(data).readableBytesView))
    }

    func channelInactive(context: ChannelHandlerContext) { reader.inputEnded() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
