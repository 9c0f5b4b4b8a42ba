import Synchronization

/// Set when a call's deadline has passed or its client has gone: work that has not begun need not.
public final class GRPCCancellation: Sendable {
    private let flag = Atomic(false)

    public init() {}

    public var isCancelled: Bool { flag.load(ordering: .relaxed) }

    public func cancel() { flag.store(true, ordering: .relaxed) }
}
