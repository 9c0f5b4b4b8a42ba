import Synchronization

/// A value that goes up and down. All methods may be called from any thread.
public final class Gauge: Sendable {
    private let number = AtomicDouble(0)

    init() {}

    public func set(_ value: Double) { number.store(value) }
    public func set(_ value: Int) { number.store(Double(value)) }
    public func add(_ amount: Double) { number.add(amount) }
    public func increment() { number.add(1) }
    public func decrement() { number.add(-1) }

    public var value: Double { number.value }
}
