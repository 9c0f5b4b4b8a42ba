import Synchronization

/// The chains that this process has verified, by the fingerprint of the peer's own certificate: in a session that is
/// resumed none is shown.
package enum VerifiedChains {
    /// Beyond it all are forgotten; whose session is resumed then must make a new one where lists are to be asked.
    package static let maximumCount = 4_096

    private static let known = Mutex<[[UInt8]: VerifiedChain]>([:])

    package static func remember(_ chain: VerifiedChain, of fingerprint: [UInt8]) {
        known.withLock { known in
            if known.count >= maximumCount, known[fingerprint] == nil { known.removeAll() }
            known[fingerprint] = chain
        }
    }

    static func chain(of fingerprint: [UInt8]) -> VerifiedChain? { known.withLock { $0[fingerprint] } }
}
