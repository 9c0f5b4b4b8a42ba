import Synchronization

/// A number that only grows. Adding is one atomic instruction for whole numbers; all methods may be called from any
/// thread.
public final class Counter: Sendable {
    private let whole = Atomic<UInt64>(0)
    private let fractional = AtomicDouble(0)

    init() {}

    @inline(__always)
    public func increment(by amount: Int = 1) {
        precondition(amount >= 0, "a counter only grows")
        whole.wrappingAdd(UInt64(amount), ordering: .relaxed)
    }

    /// Adds a finite amount that is not negative: seconds, for instance.
    public func add(_ amount: Double) {
        precondition(amount >= 0 && amount.isFinite, "a counter only grows, by finite amounts")
        fractional.add(amount)
    }

    /// Follows a total that is counted elsewhere: raises the counter to `total`, never lowers it.
    public func raise(to total: Double) {
        let missing = total - value
        if missing > 0, missing.isFinite { fractional.add(missing) }
    }

    public var value: Double { Double(whole.load(ordering: .relaxed)) + fractional.value }
}
