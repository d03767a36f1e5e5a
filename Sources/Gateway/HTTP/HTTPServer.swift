import Kernel
import NIOCore
import NIOHTTP1
import NIOPosix

/// One listening socket that init has bound.
enum HTTPServer {
    /// - Parameter socket: listening; closed only with the process, and for this process only.
    static func listen(
        on socket: Int32, _ settings: HTTPServerSettings, _ service: Service, _ table: ConnectionTable,
        _ loop: any EventLoop
    ) -> EventLoopFuture<any Channel> {
        let shared = NIOLoopBound((service, table), eventLoop: loop)
        let isInet = settings.kind == .inet
        return ServerBootstrap(group: loop)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let (service, table) = shared.value
                    try open(channel, service, table)
                }.flatMap {
                    isInet ? smoothen(channel) : channel.eventLoop.makeSucceededVoidFuture()
                }
            }
            .withBoundSocket(socket)
            .map { channel in
                // SwiftNIO has called listen again, with 128 regardless of its setting; that would stay so for the next
                // gateway, too.
                try? ListeningSocket.listen(on: socket, backlog: Limits.backlog)
                return channel
            }
    }

    static func open(_ channel: any Channel, _ service: Service, _ table: ConnectionTable) throws {
        let connection = HTTPConnection(channel, in: table)
        table.add(connection)
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = Limits.header
        limits.maxHeaderListSize = Limits.headers
        limits.maxHeaderFieldCount = Limits.headerCount
        // Every answer specifies its framing; the encoder would give the answer to HEAD a last chunk.
        var framing = HTTPResponseEncoder.Configuration()
        framing.automaticallySetFramingHeaders = false
        let decoder = HTTPRequestDecoder(limitConfiguration: limits)
        try channel.pipeline.syncOperations.addHandlers([
            ByteWatch(connection), HTTPResponseEncoder(configuration: framing), ByteToMessageHandler(decoder),
            HTTPServerPipelineHandler(),
            HTTPHandler(service, connection),
        ])
    }

    /// Sends small answers at once; and the kernel notices a peer that has vanished, after hours.
    private static func smoothen(_ channel: any Channel) -> EventLoopFuture<Void> {
        channel.setOption(.tcpOption(.tcp_nodelay), value: 1).flatMap {
            channel.setOption(.socketOption(.so_keepalive), value: 1)
        }.recover { _ in }
    }
}
