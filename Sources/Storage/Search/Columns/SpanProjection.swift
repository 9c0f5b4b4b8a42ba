/// What is wanted of each span that a search finds, where the whole span would be too much: read from the columns that
/// hold it, and from no others.
///
/// ```swift
/// let byService = SpanProjection(keys: [.attribute(.resource, key: "service.name")], number: .duration)
/// ```
public struct SpanProjection: Sendable, Hashable {
    /// What spans are grouped by.
    public let keys: [SpanFilter.Field]
    /// A number of each span.
    public let number: SpanFilter.Field?

    /// Whether all spans are read as a whole.
    public let isWhole: Bool

    /// Times and ids alone.
    public static let bare = SpanProjection(isWhole: false)
    public static let whole = SpanProjection(isWhole: true)

    private init(isWhole: Bool) {
        keys = []
        number = nil
        self.isWhole = isWhole
    }

    /// `nil` where one of the fields is not held by columns that can be read alone.
    public init?(keys: [SpanFilter.Field] = [], number: SpanFilter.Field? = nil) {
        guard keys.allSatisfy(SpanProjection.isKey), number.map(SpanProjection.isNumber) ?? true else { return nil }
        self.keys = keys
        self.number = number
        isWhole = false
    }

    private static func isKey(_ field: SpanFilter.Field) -> Bool {
        switch field {
        case .name, .kind, .status, .scopeName, .scopeVersion: true
        case .attribute(let scope, _): isRead(scope)
        default: false
        }
    }

    private static func isNumber(_ field: SpanFilter.Field) -> Bool {
        switch field {
        case .duration: true
        case .attribute(let scope, _): isRead(scope)
        default: false
        }
    }

    private static func isRead(_ scope: SpanFilter.AttributeScope) -> Bool {
        switch scope {
        case .any, .span, .resource, .scope: true
        case .event, .link: false
        }
    }
}
