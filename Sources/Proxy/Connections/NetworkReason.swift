import NIOCore
import NIOPosix
import NIOSSL
import Transport

/// Errors of sockets and TLS as one clause for a person.
enum NetworkReason {
    static func text(_ error: any Error) -> String {
        if error is NIOSSLError, let clause = HandshakeFailure.clause(error) {
            return "the TLS handshake failed: \(clause)"
        }
        switch error {
        case let error as NIOConnectionError:
            if let dns = error.dnsAError ?? error.dnsAAAAError { return "its name cannot be resolved (\(dns))" }
            if let first = error.connectionErrors.first { return text(first.error) }
            return "no address"
        case ChannelError.connectTimeout(let amount): return "it took longer than \(amount.nanoseconds / 1_000_000) ms"
        case NIOSSLError.uncleanShutdown: return "the connection ended without a TLS close"
        default: return SystemReason.text(of: error)
        }
    }
}
