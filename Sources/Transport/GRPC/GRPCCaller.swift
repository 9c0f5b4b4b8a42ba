/// Whose call it is.
public struct GRPCCaller: Sendable, Hashable {
    /// The verified identity, or `anonymous`.
    public var principal: String
    /// What memory is accounted to: the principal, else the address.
    public var account: String

    public init(principal: String, account: String) {
        self.principal = principal
        self.account = account
    }
}
