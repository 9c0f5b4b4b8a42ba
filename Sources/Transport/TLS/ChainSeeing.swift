import NIOSSL

/// TLS handlers that show each certificate of the chain that BoringSSL verifies. What NIOSSL has beside it shows the
/// peer's own certificate alone, or puts the whole of the verification into other hands.
protocol ChainSeeingServer {
    init(context: NIOSSLContext, verificationCallback: NIOSSLVerificationCallback?) throws
}

protocol ChainSeeingClient {
    init(context: NIOSSLContext, serverHostname: String?, verificationCallback: NIOSSLVerificationCallback?) throws
}

extension NIOSSLServerHandler: ChainSeeingServer {}
extension NIOSSLClientHandler: ChainSeeingClient {}
