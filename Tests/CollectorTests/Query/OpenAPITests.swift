import Foundation
import Testing

/// What `Schemas/openapi.yaml` describes is what is served, and all of it.
@Suite struct OpenAPITests {
    private struct Operation {
        var path: String
        var method: String
        var tags = ""
    }

    private let operations: [Operation]

    init() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../Schemas/openapi.yaml")
        var operations: [Operation] = []
        var path = ""
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            if line.hasPrefix("  /"), line.hasSuffix(":") {
                path = String(line.dropFirst(2).dropLast())
            } else if !path.isEmpty, line == "    get:" || line == "    post:" {
                operations.append(Operation(path: path, method: String(line.dropFirst(4).dropLast())))
            } else if line.hasPrefix("      tags: ["), !operations.isEmpty {
                operations[operations.count - 1].tags = line.lowercased()
            } else if line.hasPrefix("components:") {
                path = ""
            }
        }
        self.operations = operations
        #expect(operations.count > 40)
    }

    @Test func everyPathIsServedAtTheRootAndUnderItsPrefix() async throws {
        try await withCollector { collector in
            for operation in operations {
                let path = operation.path.replacing(/\{[a-z_]+\}/, with: "1")
                if operation.method == "post" {
                    let answer = try await collector.send([], to: path, type: "text/plain")
                    #expect(answer.status == 415, "\(path): \(answer.text)")
                    continue
                }
                let prefixes = ["jaeger", "tempo", "zipkin"].filter { operation.tags.contains($0) }.map { "/\($0)" }
                for prefix in [""] + prefixes {
                    let answer = try await collector.get(prefix + path)
                    #expect(!answer.text.contains("There is nothing here"), "\(prefix)\(path): \(answer.text)")
                }
            }
        }
    }

    @Test func whatIsServedIsDescribed() async throws {
        func form(_ path: String) -> String { path.replacing(/\{[A-Za-z_. ]+\}/, with: "{}") }
        let described = Set(operations.filter { $0.method == "get" }.map { form($0.path) })
        try await withCollector { collector in
            let served = Set(collector.collector.queryPaths.map(form))
            #expect(served.count > 35)
            #expect(served.subtracting(described).isEmpty, "served, and not described")
            #expect(described.subtracting(served).isEmpty, "described, and not served")
        }
    }
}
