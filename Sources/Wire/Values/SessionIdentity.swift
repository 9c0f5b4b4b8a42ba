/// What sequences belong to.
public struct SessionIdentity: Sendable, Hashable {
    /// The verified identity of the sender.
    public var principal: String
    public var instance: String
    public var incarnation: UInt64

    public init(principal: String, instance: String, incarnation: UInt64) {
        self.principal = principal
        self.instance = instance
        self.incarnation = incarnation
    }
}
