/// Carries a value that belongs to one thread over to that thread.
final class Handover<Value: ~Copyable>: @unchecked Sendable {
    private var value: Value

    init(_ value: consuming Value) { self.value = value }

    /// Called by the one thread that owns the value from then on.
    func withValue<R>(_ body: (inout Value) -> R) -> R { body(&value) }
}
