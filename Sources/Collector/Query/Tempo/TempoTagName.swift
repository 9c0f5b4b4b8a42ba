import Storage
import TraceQL

/// A tag as Tempo's clients name it, and where its values come from.
enum TempoTagName {
    /// The names of services.
    case service
    /// The names of spans.
    case operation
    /// What stands without quotes in a query.
    case words([String])
    /// An intrinsic whose values nobody lists: durations, ids.
    case unlisted
    case attribute(SpanFilter.AttributeScope, key: String)

    /// Every intrinsic that queries know, as lists of tags show them.
    static let intrinsics = Intrinsic.allCases.map(\.rawValue).sorted()

    /// - Parameter isScoped: as queries write it (`span.key`, `.key`, `status`); otherwise a bare key may stand too.
    init(_ text: String, isScoped: Bool) throws(QueryRefusal) {
        let scopes: [(prefix: String, scope: SpanFilter.AttributeScope)] = [
            ("span.", .span), ("resource.", .resource), ("event.", .event), ("link.", .link),
            ("instrumentation.", .scope), (".", .any),
        ]
        if let scope = scopes.first(where: { text.hasPrefix($0.prefix) }) {
            self = Self.attribute(scope.scope, Self.unquoted(text.dropFirst(scope.prefix.count)))
        } else if let intrinsic = Self.intrinsic(text) {
            self = intrinsic
        } else if !isScoped {
            self = Self.attribute(.any, text)
        } else {
            throw .badParameter(
                "tag name", text, expected: "an attribute such as span.http.method or .payment.id, or an intrinsic")
        }
    }

    private static func attribute(_ scope: SpanFilter.AttributeScope, _ key: String) -> TempoTagName {
        key == "service.name" && (scope == .resource || scope == .any) ? .service : .attribute(scope, key: key)
    }

    private static func intrinsic(_ text: String) -> TempoTagName? {
        switch text {
        case "name", "span:name", "rootName", "trace:rootName": .operation
        case "rootServiceName", "trace:rootService", "trace:rootServiceName": .service
        case "status", "span:status": .words(["error", "ok", "unset"])
        case "kind", "span:kind": .words(SpanWords.kinds.sorted())
        case _ where text.contains(":") || Intrinsic(rawValue: text) != nil: .unlisted
        default: nil
        }
    }

    /// `"attr with space"` as `attr with space`.
    private static func unquoted(_ text: Substring) -> String {
        guard text.count >= 2, text.first == "\"", text.last == "\"" else { return String(text) }
        return String(text.dropFirst().dropLast().replacing("\\\"", with: "\"").replacing("\\\\", with: "\\"))
    }
}
