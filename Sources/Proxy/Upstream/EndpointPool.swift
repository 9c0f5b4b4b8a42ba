import Mesh
import NIOCore

/// The connections of one worker to one endpoint.
struct EndpointPool {
    let endpoint: HostPort
    /// As it stands on spans.
    let addressBytes: [UInt8]
    /// `nil` for a host name, which is resolved at each connect.
    let address: SocketAddress?
    /// Unused connections; the last one was used last.
    var idle: [HTTP1Upstream] = []
    /// HTTP/2 connections, which carry many requests each.
    var shared: [HTTP2Upstream] = []
    /// Connections that are not ready yet.
    var opening: [OpeningConnection] = []
    /// Whether the last connection spoke HTTP/2; `nil` before the first.
    var spokeHTTP2: Bool?
    /// All connections, those being opened included.
    var open = 0

    init(_ endpoint: HostPort) {
        self.endpoint = endpoint
        addressBytes = Array(endpoint.host.utf8)
        address = try? SocketAddress(ipAddress: endpoint.host, port: endpoint.port)
    }

    /// A connection that can carry a request now; `nil` when there is none.
    ///
    /// - Parameter fresh: One that lay idle will not do.
    mutating func take(fresh: Bool) -> (any Upstream)? {
        for connection in shared where connection.room > 0 { return connection.openStream() }
        if fresh { return nil }
        while let connection = idle.popLast() {
            if connection.isOpen { return connection }
        }
        return nil
    }
}
