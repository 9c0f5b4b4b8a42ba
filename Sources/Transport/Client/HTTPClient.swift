import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A small HTTP/1.1 client over plain TCP for the command line's own needs: whole bodies, kept connections, and a limit
/// on time and size.
public final class HTTPClient: Sendable {
    public struct Limits: Sendable, Hashable {
        public var connectTimeoutMilliseconds = 2_000
        /// From the first byte sent to the last received.
        public var timeoutMilliseconds = 30_000
        public var maximumResponseBytes = 256 << 20
        /// Kept to each host and port.
        public var maximumIdleConnections = 64

        public init() {}
    }

    public struct Response: Sendable {
        public var status: Int
        public var headers: HTTPHeaders
        public var body: ByteBuffer

        public var text: String { String(buffer: body) }
    }

    private let group: any EventLoopGroup
    private let limits: Limits
    private let idle = Mutex<[String: [HTTPClientConnection]]>([:])

    public init(group: any EventLoopGroup, limits: Limits = Limits()) {
        self.group = group
        self.limits = limits
    }

    public func get(_ url: String, headers: HTTPHeaders = [:]) async throws(HTTPClientError) -> Response {
        try await execute(.GET, url, headers: headers, body: ByteBuffer())
    }

    public func post(
        _ url: String, headers: HTTPHeaders = [:], body: ByteBuffer
    ) async throws(HTTPClientError) -> Response {
        try await execute(.POST, url, headers: headers, body: body)
    }

    /// Sends a GET and gives the body of a response with status 200 piece by piece as it comes; the response has then none.
    /// Of other responses it has the body.
    ///
    /// - Parameter onBytes: called on the connection's event loop: while it has not returned nothing more is read. The
    ///   time limit is for each wait between two pieces, the limit on size for none.
    public func get(
        _ url: String, headers: HTTPHeaders = [:], onBytes: @escaping @Sendable (ByteBuffer) -> Void
    ) async throws(HTTPClientError) -> Response {
        try await execute(.GET, url, headers: headers, body: ByteBuffer(), onBytes: onBytes)
    }

    /// Sends one request and waits for its whole response, whatever its status.
    ///
    /// - Parameter headers: `Host` is filled in where it is missing, `Content-Length` always.
    public func execute(
        _ method: HTTPMethod, _ url: String, headers: HTTPHeaders, body: ByteBuffer
    ) async throws(HTTPClientError) -> Response {
        try await execute(method, url, headers: headers, body: body, onBytes: nil)
    }

    private func execute(
        _ method: HTTPMethod, _ url: String, headers: HTTPHeaders, body: ByteBuffer,
        onBytes: (@Sendable (ByteBuffer) -> Void)?
    ) async throws(HTTPClientError) -> Response {
        let url = try HTTPURL(url)
        var head = HTTPRequestHead(version: .http1_1, method: method, uri: url.target, headers: headers)
        if !head.headers.contains(name: "host") { head.headers.add(name: "host", value: url.authority) }
        head.headers.replaceOrAdd(name: "content-length", value: String(body.readableBytes))
        // What has given pieces away cannot be repeated.
        while onBytes == nil, let connection = takeIdle(url.authority) {
            do {
                return try await exchange(connection, head, body, url, onBytes)
            } catch {
                // A kept connection may have been closed by the server meanwhile. Only what is safe to repeat is
                // repeated.
                guard error.code == .connection, method == .GET || method == .HEAD else { throw error }
            }
        }
        return try await exchange(try await connect(url), head, body, url, onBytes)
    }

    /// Closes the connections that are kept.
    public func closeIdle() {
        let connections = idle.withLock { idle in
            defer { idle.removeAll() }
            return idle.values.flatMap { $0 }
        }
        for connection in connections { connection.channel.close(promise: nil) }
    }

    private func exchange(
        _ connection: HTTPClientConnection, _ head: HTTPRequestHead, _ body: ByteBuffer, _ url: HTTPURL,
        _ onBytes: (@Sendable (ByteBuffer) -> Void)?
    ) async throws(HTTPClientError) -> Response {
        do {
            let (response, keep) = try await connection.send(head, body, limits, onBytes).get()
            if keep { keepIdle(connection, url.authority) } else { connection.channel.close(promise: nil) }
            return response
        } catch let error as HTTPClientError {
            throw error
        } catch is ChannelPipelineError {
            // The pipeline of a closed channel is empty: its handler is no longer found.
            throw HTTPClientError(
                code: .connection, description: "\(url.authority) closed the connection before the request was sent")
        } catch {
            throw HTTPClientError(code: .connection, description: "\(url.authority): \(SystemReason.text(of: error))")
        }
    }

    private func connect(_ url: HTTPURL) async throws(HTTPClientError) -> HTTPClientConnection {
        let bootstrap = ClientBootstrap(group: group)
            .connectTimeout(.milliseconds(Int64(limits.connectTimeoutMilliseconds)))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(HTTPClientHandler())
                }
            }
        do {
            let channel = try await bootstrap.connect(host: url.host, port: url.port).get()
            return HTTPClientConnection(channel: channel, authority: url.authority)
        } catch {
            throw HTTPClientError(
                code: .connect, description: "cannot connect to \(url.authority): \(Self.connectReason(error))")
        }
    }

    private static func connectReason(_ error: any Error) -> String {
        if let failure = error as? NIOConnectionError {
            if let single = failure.connectionErrors.first { return SystemReason.text(of: single.error) }
            return "the host name has no address"
        }
        if case .connectTimeout? = error as? ChannelError { return "no answer in time" }
        return SystemReason.text(of: error)
    }

    private func takeIdle(_ authority: String) -> HTTPClientConnection? {
        idle.withLock { idle in
            while let connection = idle[authority]?.popLast() {
                if connection.channel.isActive { return connection }
            }
            return nil
        }
    }

    private func keepIdle(_ connection: HTTPClientConnection, _ authority: String) {
        let kept = idle.withLock { idle in
            guard idle[authority, default: []].count < limits.maximumIdleConnections else { return false }
            idle[authority, default: []].append(connection)
            return true
        }
        if !kept { connection.channel.close(promise: nil) }
    }
}
