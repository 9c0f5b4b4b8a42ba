import Synchronization

/// How many connections of one listener each address has open, on all workers together; looked at only when one opens or
/// closes.
final class PeerConnections: Sendable {
    private let counts = Mutex<[[UInt8]: Int]>([:])

    /// `false` when the address has as many as it may.
    func take(_ address: [UInt8], limit: Int) -> Bool {
        counts.withLock { counts in
            let count = counts[address, default: 0]
            guard count < limit else { return false }
            counts[address] = count + 1
            return true
        }
    }

    func giveBack(_ address: [UInt8]) {
        counts.withLock { counts in
            guard let count = counts[address] else { return }
            counts[address] = count > 1 ? count - 1 : nil
        }
    }
}
