import Synchronization

/// A bound on memory that many connections share: reserve before holding, release after.
public final class ByteBudget: Sendable {
    public let limit: Int
    private let used = Atomic<Int>(0)

    public init(limit: Int) { self.limit = limit }

    public var usedBytes: Int { used.load(ordering: .relaxed) }

    /// Whether `bytes` more were granted.
    public func reserve(_ bytes: Int) -> Bool {
        let after = used.wrappingAdd(bytes, ordering: .relaxed).newValue
        if after <= limit { return true }
        used.wrappingSubtract(bytes, ordering: .relaxed)
        return false
    }

    public func release(_ bytes: Int) { used.wrappingSubtract(bytes, ordering: .relaxed) }
}
