/// Why a selector is not one, and where.
public struct SelectorError: Error, Sendable, Hashable {
    /// One sentence without a place.
    public var reason: String
    /// The character it is about, the first being 1.
    public var position: Int

    public var message: String { "\(reason), at character \(position)" }
}
