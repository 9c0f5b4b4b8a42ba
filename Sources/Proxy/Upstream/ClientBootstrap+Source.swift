import Mesh
import NIOCore
import NIOPosix

extension ClientBootstrap {
    /// Connections come from this address, and a port that the system picks; from whichever is nearest when nil.
    func from(_ source: IPAddress?) -> ClientBootstrap {
        guard let source, let address = try? SocketAddress(ipAddress: source.description, port: 0) else { return self }
        return bind(to: address)
    }
}
