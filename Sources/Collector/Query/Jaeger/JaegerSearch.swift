import Storage
import Telemetry

/// A search as Jaeger's clients ask for it: all conditions must hold for one and the same span of a trace.
struct JaegerSearch {
    /// The names that one generation of the API has for the parameters, each with its older ones.
    struct Names {
        var service: [String]
        var operation: [String]
        var minDuration: [String]
        var maxDuration: [String]
        var limit: [String]
        var tags: [String]
    }

    static let v1 = Names(
        service: ["service"], operation: ["operation"], minDuration: ["minDuration"], maxDuration: ["maxDuration"],
        limit: ["limit"], tags: ["tags"])
    static let v3 = Names(
        service: ["query.serviceName", "query.service_name"],
        operation: ["query.operationName", "query.operation_name"],
        minDuration: ["query.durationMin", "query.duration_min"],
        maxDuration: ["query.durationMax", "query.duration_max"],
        limit: ["query.searchDepth", "query.search_depth", "query.num_traces"], tags: ["query.attributes"])
    private static let defaultLimit = 100
    /// How far back a search goes that does not say from when.
    private static let lookbackNanoseconds: UInt64 = 2 * 86_400_000_000_000

    var filter: SpanFilter
    var from: UInt64
    var to: UInt64
    var limit: Int

    /// - Parameter now: where a search ends that does not say.
    init(_ request: QueryRequest, _ names: Names, from: UInt64?, to: UInt64?, now: UInt64) throws(QueryRefusal) {
        self.to = to ?? now
        self.from = from ?? (self.to > Self.lookbackNanoseconds ? self.to - Self.lookbackNanoseconds : 0)
        limit = Self.defaultLimit
        if let (name, text) = request.parameter(names.limit) {
            guard let number = Int(text), number >= 0 else {
                throw .badParameter(name, text, expected: "a number of traces, at most \(TraceFinder.maximumTraces)")
            }
            limit = min(number == 0 ? Self.defaultLimit : number, TraceFinder.maximumTraces)
        }
        var conditions: [SpanFilter] = []
        if let (_, service) = request.parameter(names.service) {
            conditions.append(.compare(.service, .equal, .string(service)))
        }
        if let (_, operation) = request.parameter(names.operation), operation != "all" {
            conditions.append(.compare(.name, .equal, .string(operation)))
        }
        let shortest = try request.duration(names.minDuration)
        let longest = try request.duration(names.maxDuration)
        if let shortest { conditions.append(.compare(.duration, .greaterOrEqual, .int(Int64(shortest)))) }
        if let longest { conditions.append(.compare(.duration, .lessOrEqual, .int(Int64(longest)))) }
        if let shortest, let longest, shortest > longest {
            throw .badRequest("\(names.maxDuration[0]): must be greater than \(names.minDuration[0]).")
        }
        for (key, value) in try Self.tags(request, names) { conditions.append(JaegerTagFilter.filter(key, value)) }
        filter = .and(conditions)
    }

    private static func tags(
        _ request: QueryRequest, _ names: Names
    ) throws(QueryRefusal) -> [(key: String, value: String)] {
        var tags: [(key: String, value: String)] = []
        for name in names.tags {
            for text in request.values(name) {
                guard let object = TagObject(text) else {
                    throw .badParameter(
                        name, text,
                        expected: #"a JSON object of texts such as {"http.status_code":"200"}, with at most "#
                            + "\(TagObject.maximumTags) of them")
                }
                tags += object.tags
            }
        }
        // The older form: `tag=key:value`.
        for text in request.values("tag") {
            let sides = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2, !sides[0].isEmpty else {
                throw .badParameter("tag", text, expected: "KEY:VALUE")
            }
            tags.append((String(sides[0]), String(sides[1])))
        }
        guard tags.count <= TagObject.maximumTags else {
            throw .badRequest("A search has at most \(TagObject.maximumTags) tags.")
        }
        return tags
    }
}
