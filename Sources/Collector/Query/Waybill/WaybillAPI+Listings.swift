import Interop
import Storage
import Telemetry

/// What there is to search by.
extension WaybillAPI {
    private static let maximumValues = 1000

    func services() throws -> HTTPAnswer {
        list("services", try store.services()) { $1.string($0) }
    }

    func operations(_ request: QueryRequest) throws -> HTTPAnswer {
        list("operations", try store.operations(service: request.path["service"] ?? "")) { operation, json in
            json.beginObject()
            json.add("name", operation.name)
            json.add("kind", SpanWords.word(operation.kind.rawValue, of: SpanWords.kinds))
            json.endObject()
        }
    }

    func attributes(_ request: QueryRequest) throws -> HTTPAnswer {
        list("attributes", try store.attributeKeys(scope: try scope(request))) { key, json in
            json.beginObject()
            json.add("key", key.key)
            json.add("scope", key.scope.rawValue)
            json.add("type", "\(key.type)")
            json.endObject()
        }
    }

    func attributeValues(_ request: QueryRequest) throws -> HTTPAnswer {
        let values = try store.attributeValues(
            scope: try scope(request), key: request.path["key"] ?? "", limit: Self.maximumValues)
        return list("values", values) { value, json in
            switch value {
            case .string(let text): json.string(text)
            case .int(let number): json.number(number)
            case .double(let number): json.number(number)
            case .bool(let flag): json.bool(flag)
            default: json.null()
            }
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

    private func scope(_ request: QueryRequest) throws(QueryRefusal) -> SpanFilter.AttributeScope {
        guard let name = request.http.parameter("scope") else { return .any }
        guard let scope = SpanFilter.AttributeScope(rawValue: name) else {
            let names = SpanFilter.AttributeScope.allCases.map(\.rawValue).joined(separator: ", ")
            throw .badParameter("scope", name, expected: "one of \(names)")
        }
        return scope
    }
}
