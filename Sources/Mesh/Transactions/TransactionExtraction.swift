/// What the sources of a route found in one request.
public struct TransactionExtraction: Sendable, Hashable {
    /// A transaction id and the attribute it is recorded as.
    public struct Identifier: Sendable, Hashable {
        public var attribute: String
        public var value: String

        public init(attribute: String, value: String) {
            self.attribute = attribute
            self.value = value
        }
    }

    public var identifiers: [Identifier] = []
    /// Values that cannot be an id: too long, or with control characters.
    public var refused = 0
    /// Body sources that found nothing within the bound of a longer body. Nobody knows whether there was an id.
    public var beyondBound = 0
    /// Body sources that met something that is neither JSON nor XML nor protobuf, or nests too deep.
    public var malformed = 0
    /// Message sources that met a message in a compression that is not known here.
    public var unreadable = 0

    public init() {}

    /// Whether ids may have been missed.
    public var hasMissed: Bool { (refused | beyondBound | malformed | unreadable) != 0 }

    /// Why ids may have been missed, each reason once.
    public var missed: [String] {
        [("refused", refused), ("beyond_bound", beyondBound), ("malformed", malformed), ("encoding", unreadable)]
            .compactMap { $0.1 > 0 ? $0.0 : nil }
    }

    /// Whether an id was found for `attribute`.
    public func has(_ attribute: String) -> Bool { identifiers.contains { $0.attribute == attribute } }
}
