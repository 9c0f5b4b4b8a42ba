import NIOCore
import Transport

/// The collector's own account of its CPU time.
enum CollectorCPU {
    private static let metric = "process_cpu_seconds_total "

    /// `process_cpu_seconds_total` from a `/metrics` page.
    static func seconds(url: String, token: String?, group: any EventLoopGroup) async throws -> Double {
        let client = HTTPClient(group: group)
        defer { client.closeIdle() }
        let answer = try await client.get(url, headers: token.map { ["authorization": "Bearer \($0)"] } ?? [:])
        guard answer.status == 200 else { throw LoadError("\(url) answers with status \(answer.status).") }
        for line in answer.text.split(separator: "\n") where line.hasPrefix(metric) {
            if let value = Double(line.dropFirst(metric.count)) { return value }
        }
        throw LoadError("\(url) does not expose process_cpu_seconds_total.")
    }
}
