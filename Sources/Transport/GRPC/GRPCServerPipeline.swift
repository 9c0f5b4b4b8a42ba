import NIOCore
import NIOHTTP2

/// The handlers of a gRPC server connection, after TLS where there is any: HTTP/2 with prior knowledge, or by ALPN.
public enum GRPCServerPipeline {
    /// Adds HTTP/2, its graceful end and the service. A `ChannelShouldQuiesceEvent` begins that end: GOAWAY, calls on
    /// their way are finished, then the connection closes.
    ///
    /// Call it on the channel's event loop, from a channel initialiser.
    public static func add(
        to channel: any Channel, service: any GRPCService, limits: GRPCLimits, isTLS: Bool = false
    ) throws {
        let check = GRPCPrefaceCheck(timeout: .milliseconds(Int64(limits.prefaceTimeoutMilliseconds))) { channel in
            try addHTTP2(to: channel, service: service, limits: limits, isTLS: isTLS)
        }
        try channel.pipeline.syncOperations.addHandler(check)
    }

    private static func addHTTP2(
        to channel: any Channel, service: any GRPCService, limits: GRPCLimits, isTLS: Bool
    ) throws {
        let failure = GRPCConnectionFailure()
        let http2 = NIOHTTP2Handler(
            mode: .server, frameDelegate: failure, connectionConfiguration: connection(limits),
            streamConfiguration: stream(limits))
        // The server's own clock does what this one's timers would.
        let ending = NIOHTTP2ServerConnectionManagementHandler(
            eventLoop: channel.eventLoop,
            configuration: .init(maxIdleTime: nil, maxAge: nil, maxGraceTime: nil, keepalive: nil))
        let handler = GRPCServerHandler(service: service, limits: limits, isTLS: isTLS, failure: failure)
        try channel.pipeline.syncOperations.addHandlers([http2, ending, handler])
    }

    private static func connection(_ limits: GRPCLimits) -> NIOHTTP2Handler.ConnectionConfiguration {
        var configuration = NIOHTTP2Handler.ConnectionConfiguration()
        configuration.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: limits.maximumStreams),
            HTTP2Setting(parameter: .maxHeaderListSize, value: limits.maximumHeaderBytes),
            HTTP2Setting(parameter: .initialWindowSize, value: limits.streamWindowBytes),
            HTTP2Setting(parameter: .maxFrameSize, value: limits.maximumFrameBytes),
        ]
        // What a client had sent before it saw its message refused is let pass, for as many calls as it may have.
        configuration.maximumRecentlyResetStreams = limits.maximumStreams
        // Go's client asks with a PING after every answer to measure its bandwidth: 200 in 30 seconds, the default, would
        // cut off a busy one.
        configuration.controlFrameRateLimit.maximumCount = 2_000
        configuration.controlFrameRateLimit.windowLength = .seconds(1)
        return configuration
    }

    private static func stream(_ limits: GRPCLimits) -> NIOHTTP2Handler.StreamConfiguration {
        var configuration = NIOHTTP2Handler.StreamConfiguration()
        // A client whose deadlines pass all at once resets every call it has.
        configuration.streamResetFrameRateLimit.maximumCount = 4 * limits.maximumStreams
        return configuration
    }
}
