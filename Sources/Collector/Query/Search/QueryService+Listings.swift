import Interop
import Storage
import Telemetry

/// What there is to search by: `/api/v1/services`, `/api/v1/services/{service}/operations`, `/api/v1/attributes`,
/// `/api/v1/attributes/{key}/values`.
extension QueryService {
    private static let maximumValues = 1000

    /// `nil` when the path is none of these.
    func listing(_ request: HTTPRequest) throws -> HTTPAnswer? {
        guard request.segments.count >= 3, request.segments[..<2] == ["api", "v1"] else { return nil }
        switch (request.segments[2], request.segments.count) {
        case ("services", 3):
            let services = try store.services()
            return list("services", services) { $1.string($0) }
        case ("services", 5) where request.segments[4] == "operations":
            let operations = try store.operations(service: request.segments[3])
            return list("operations", operations) { operation, json in
                json.beginObject()
                json.add("name", operation.name)
                json.add("kind", SpanWords.word(operation.kind.rawValue, of: SpanWords.kinds))
                json.endObject()
            }
        case ("attributes", 3):
            guard let scope = scope(request) else { return unknownScope() }
            let keys = try store.attributeKeys(scope: scope)
            return list("attributes", keys) { key, json in
                json.beginObject()
                json.add("key", key.key)
                json.add("scope", key.scope.rawValue)
                json.add("type", "\(key.type)")
                json.endObject()
            }
        case ("attributes", 5) where request.segments[4] == "values":
            guard let scope = scope(request) else { return unknownScope() }
            let values = try store.attributeValues(
                scope: scope, key: request.segments[3], limit: Self.maximumValues)
            return list("values", values) { value, json in
                switch value {
                case .string(let text): json.string(text)
                case .int(let number): json.number(number)
                case .double(let number): json.number(number)
                case .bool(let flag): json.bool(flag)
                default: json.null()
                }
            }
        default: return nil
        }
    }

    private func list<Element>(
        _ name: String, _ listing: StoreListing<Element>, _ write: (Element, inout JSONWriter) -> Void
    ) -> HTTPAnswer {
        var json = JSONWriter(reserving: 64 + 48 * listing.entries.count)
        json.beginObject()
        json.list(name, listing.entries, write)
        json.add("cut", listing.isCut)
        json.endObject()
        return .json(.ok, json.finish())
    }

    private func scope(_ request: HTTPRequest) -> SpanFilter.AttributeScope? {
        guard let name = request.parameter("scope") else { return .any }
        return SpanFilter.AttributeScope(rawValue: name)
    }

    private func unknownScope() -> HTTPAnswer {
        let names = SpanFilter.AttributeScope.allCases.map(\.rawValue).joined(separator: ", ")
        return .error(.badRequest, code: "bad_parameter", "scope: expected one of \(names).")
    }
}
