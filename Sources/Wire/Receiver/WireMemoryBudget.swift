import Synchronization

/// Decoded bytes that all sessions of a receiver hold together and that their delegate has not answered. A session that
/// has nothing pending may always have one batch, so that each goes on however many there are.
public final class WireMemoryBudget: Sendable {
    public let limitBytes: Int
    private let used = Atomic(0)

    public init(limitBytes: Int) { self.limitBytes = limitBytes }

    public var usedBytes: Int { used.load(ordering: .relaxed) }
    var isExhausted: Bool { usedBytes >= limitBytes }

    func take(_ bytes: Int) { used.add(bytes, ordering: .relaxed) }
    func giveBack(_ bytes: Int) { used.subtract(bytes, ordering: .relaxed) }
}
