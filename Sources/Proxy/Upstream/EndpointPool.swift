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
    /// All connections, those being opened included.
    var open = 0

    init(_ endpoint: HostPort) {
        self.endpoint = endpoint
        addressBytes = Array(endpoint.host.utf8)
        address = try? SocketAddress(ipAddress: endpoint.host, port: endpoint.port)
    }

    /// A connection that can carry a request now; `nil` when there is none.
    mutating func take() -> (any Upstream)? {
        while let connection = idle.popLast() {
            if connection.isOpen { return connection }
        }
        return nil
    }
}
