import Mesh
import NIOCore
import Transport

/// What listens for a listener: one socket, or one for each family of addresses.
struct ListenerSocket: Sendable {
    /// By which workers find the listener of an accepted connection; never used twice.
    let key: Int
    var listener: DeclaredListener
    let channels: [any Channel]

    /// Whether the socket can be the listener's under a new configuration. A port that the system picked is no address
    /// by which another listener could take the socket over.
    func serves(_ next: DeclaredListener) -> Bool {
        listener.address == next.address && listener.capture == next.capture
            && (next.address.port != 0 || listener.name == next.name)
    }

    var boundAddress: String {
        channels.first.map { ServerListener.boundAddress(of: $0) } ?? listener.address.description
    }

    func close() { for channel in channels { channel.close(promise: nil) } }
}
