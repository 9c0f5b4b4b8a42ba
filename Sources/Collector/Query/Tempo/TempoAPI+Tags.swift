import Interop
import Storage
import Telemetry

/// What there is to search by, from the store's listings.
extension TempoAPI {
    private static let defaultLimit = 5000
    private static let maximumLimit = 50_000
    private static let places: [(name: String, scope: SpanFilter.AttributeScope)] = [
        ("link", .link), ("resource", .resource), ("span", .span), ("event", .event), ("instrumentation", .scope),
    ]
    private static let intrinsicScope = "intrinsic"

    /// `/api/search/tags`: names without their scopes.
    func tags(_ request: QueryRequest) throws -> HTTPAnswer {
        let (scopes, gaps) = try self.scopes(request)
        let names = Set(scopes.filter { $0.name != Self.intrinsicScope }.flatMap(\.tags))
        return .json(.ok, TempoTags.names(names.sorted())).partial(gaps)
    }

    /// `/api/v2/search/tags`.
    func scopedTags(_ request: QueryRequest) throws -> HTTPAnswer {
        let (scopes, gaps) = try self.scopes(request)
        return .json(.ok, TempoTags.scopes(scopes)).partial(gaps)
    }

    private func scopes(
        _ request: QueryRequest
    ) throws -> (scopes: [(name: String, tags: [String])], gaps: [String]) {
        let window = try self.window(request)
        let limit = try self.limit(request)
        var asked = request.parameter("scope")
        if asked == "none" { asked = nil }
        let names = Self.places.map(\.name) + [Self.intrinsicScope]
        if let asked, !names.contains(asked) {
            throw QueryRefusal.badRequest(
                "invalid scope: \(asked.prefix(100)); expected one of "
                    + names.joined(separator: ", ") + ".")
        }
        var scopes: [(name: String, tags: [String])] = []
        var isCut = false
        for place in Self.places where asked == nil || asked == place.name {
            let listing = try store.attributeKeys(
                scope: place.scope, from: window.lowerBound, to: window.upperBound)
            let tags = JaegerAPI.distinct(listing.entries.map(\.key))
            isCut = isCut || listing.isCut || tags.count > limit
            if !tags.isEmpty { scopes.append((place.name, Array(tags.prefix(limit)))) }
        }
        if asked == nil || asked == Self.intrinsicScope {
            scopes.append((Self.intrinsicScope, TempoTagName.intrinsics))
        }
        return (scopes, isCut ? ["There are more tags than are listed."] : [])
    }

    /// `/api/search/tag/{name}/values`.
    func tagValues(_ request: QueryRequest) throws -> HTTPAnswer {
        let (values, gaps) = try values(request, isScoped: false)
        return .json(.ok, TempoTags.texts(values)).partial(gaps)
    }

    /// `/api/v2/search/tag/{name}/values`. A query that comes with it (`q`) narrows nothing: all values are listed, which
    /// is what clients take an incomplete query to mean.
    func typedTagValues(_ request: QueryRequest) throws -> HTTPAnswer {
        let (values, gaps) = try values(request, isScoped: true)
        return .json(.ok, TempoTags.values(values)).partial(gaps)
    }

    private func values(
        _ request: QueryRequest, isScoped: Bool
    ) throws -> (values: [TempoTags.Value], gaps: [String]) {
        let window = try self.window(request)
        let limit = try self.limit(request)
        let name = try TempoTagName(request.path["name"] ?? "", isScoped: isScoped)
        let (values, isCut) = try values(of: name, window, limit)
        return (
            Array(values.prefix(limit)),
            isCut || values.count > limit ? ["There are more values than are listed."] : []
        )
    }

    private func values(
        of name: TempoTagName, _ window: ClosedRange<UInt64>, _ limit: Int
    ) throws -> (values: [TempoTags.Value], isCut: Bool) {
        let (from, to) = (window.lowerBound, window.upperBound)
        switch name {
        case .service:
            let listing = try store.services(from: from, to: to)
            return (listing.entries.map { TempoTags.Value(type: "string", text: $0) }, listing.isCut)
        case .operation:
            let listing = try store.operations(from: from, to: to)
            let names = Set(listing.entries.map(\.name)).sorted()
            return (names.map { TempoTags.Value(type: "string", text: $0) }, listing.isCut)
        case .words(let words): return (words.map { TempoTags.Value(type: "keyword", text: $0) }, false)
        case .unlisted: return ([], false)
        case .attribute(let scope, let key):
            let listing = try store.attributeValues(scope: scope, key: key, from: from, to: to, limit: limit)
            return (listing.entries.compactMap { TempoTags.Value($0) }, listing.isCut)
        }
    }

    private func limit(_ request: QueryRequest) throws(QueryRefusal) -> Int {
        let limit = try request.number("limit", 0...Int(Int32.max), default: 0)
        return limit == 0 ? Self.defaultLimit : min(limit, Self.maximumLimit)
    }
}
