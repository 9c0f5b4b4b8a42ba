import Foundation
import Testing

/// What `Schemas/openapi.yaml` describes is what is served.
@Suite struct OpenAPITests {
    @Test func everyPathIsServedAtTheRootAndUnderItsPrefix() async throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../Schemas/openapi.yaml")
        var paths: [(path: String, tags: String)] = []
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            if line.hasPrefix("  /"), line.hasSuffix(":") {
                let path = line.dropFirst(2).dropLast().replacing(/\{[a-z_]+\}/, with: "1")
                paths.append((String(path), ""))
            } else if line.hasPrefix("      tags: ["), !paths.isEmpty {
                paths[paths.count - 1].tags = line.lowercased()
            }
        }
        #expect(paths.count > 30)
        try await withCollector { collector in
            for (path, tags) in paths {
                let prefixes = ["jaeger", "tempo", "zipkin"].filter { tags.contains($0) }.map { "/\($0)" }
                for prefix in [""] + prefixes {
                    let answer = try await collector.get(prefix + path)
                    #expect(!answer.text.contains("There is nothing here"), "\(prefix)\(path): \(answer.text)")
                }
            }
        }
    }
}
