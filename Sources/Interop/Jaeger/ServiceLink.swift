/// Calls from one service to another, counted.
public struct ServiceLink: Sendable, Hashable {
    public var parent: String
    public var child: String
    public var calls: UInt64
    /// Calls of which the called side says that they failed.
    public var errors: UInt64

    public init(parent: String, child: String, calls: UInt64 = 0, errors: UInt64 = 0) {
        self.parent = parent
        self.child = child
        self.calls = calls
        self.errors = errors
    }
}
