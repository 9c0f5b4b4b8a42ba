import Telemetry

/// The rows of a batch as OTLP nests them: by resource, then by scope, each in order of first appearance.
struct SpanGroups {
    struct Scope {
        var scope: UInt32
        var rows: [Int]
    }

    struct Resource {
        var resource: UInt32
        var scopes: [Scope]
    }

    private(set) var resources: [Resource] = []

    init(_ batch: borrowing SpanBatch) {
        var resourceIndex: [UInt32: Int] = [:]
        var scopeIndex: [UInt64: Int] = [:]
        for row in 0..<batch.count {
            let resource = batch.resource[row]
            let scope = batch.scope[row]
            let outer: Int
            if let known = resourceIndex[resource] {
                outer = known
            } else {
                outer = resources.count
                resourceIndex[resource] = outer
                resources.append(Resource(resource: resource, scopes: []))
            }
            let key = UInt64(resource) << 32 | UInt64(scope)
            if let inner = scopeIndex[key] {
                resources[outer].scopes[inner].rows.append(row)
            } else {
                scopeIndex[key] = resources[outer].scopes.count
                resources[outer].scopes.append(Scope(scope: scope, rows: [row]))
            }
        }
    }
}
