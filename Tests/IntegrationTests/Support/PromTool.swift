import Foundation
import Testing

/// What Prometheus' own linter says of a page.
enum PromTool {
    static func check(_ page: String, _ directory: TemporaryDirectory) async throws {
        let file = directory.file("page-\(UUID().uuidString)")
        try page.write(toFile: file, atomically: true, encoding: .utf8)
        let promtool = try #require(Programs.tool("promtool"))
        let result = try await ChildProcess.run("/bin/sh", ["-c", "'\(promtool)' check metrics < '\(file)'"])
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        #expect((result.output + result.errors).trimmingCharacters(in: .whitespacesAndNewlines).isEmpty)
    }
}
