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
    var idle: [UpstreamConnection] = []
    /// All connections, those being opened included.
    var open = 0

    init(_ endpoint: HostPort) {
        self.endpoint = endpoint
        addressBytes = Array(endpoint.host.utf8)
        address = try? SocketAddress(ipAddress: endpoint.host, port: endpoint.port)
    }
}
