import Foundation
import NIOPosix
import TestSupport
import Testing
import Transport

/// A real Prometheus, started and ready.
final class RunningPrometheus: Sendable {
    /// One answer of an instant query.
    struct Sample {
        var labels: [String: String]
        /// Not a number for a native histogram.
        var value: Double
    }

    /// What Prometheus says is wrong with a query.
    struct Refused: Error, CustomStringConvertible {
        var description: String
    }

    static var isInstalled: Bool {
        if Programs.tool("prometheus") != nil, Programs.tool("promtool") != nil { return true }
        print("skipped: prometheus and promtool are not on the PATH (`make test` installs them)")
        return false
    }

    let address: String
    private let process: ChildProcess
    private let client = HTTPClient(group: MultiThreadedEventLoopGroup.singleton)

    /// - Parameters:
    ///   - scrapes: the jobs, as YAML list items without indentation.
    ///   - rules: paths of rule files.
    init(scrapes: String, rules: [String] = [], features: String = "", directory: TemporaryDirectory) async throws {
        let port = try FreePort.next()
        let name = UUID().uuidString
        let file = directory.file("prometheus-\(name).yml")
        let indented = scrapes.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n")
        try """
        global: {scrape_interval: 1s, evaluation_interval: 1s}
        rule_files: [\(rules.map { "'\($0)'" }.joined(separator: ", "))]
        scrape_configs:
        \(indented)
        """.write(toFile: file, atomically: true, encoding: .utf8)
        address = "127.0.0.1:\(port)"
        process = try ChildProcess(
            try #require(Programs.tool("prometheus")),
            [
                "--config.file=\(file)", "--storage.tsdb.path=\(directory.file("tsdb-\(name)"))",
                "--web.listen-address=\(address)", "--log.level=warn",
            ] + (features.isEmpty ? [] : ["--enable-feature=\(features)"]))
        try await Patience.until("Prometheus is ready") {
            guard process.isRunning else { throw RunningCollector.Unusable(description: process.errors) }
            return (try? await client.get("http://\(address)/-/ready"))?.status == 200
        }
    }

    /// The `data` of one answer of Prometheus' HTTP API.
    func api(_ path: String) async throws -> Any {
        let response = try await client.get("http://\(address)/api/v1/\(path)")
        let root = try JSONSerialization.jsonObject(with: Data(response.body.readableBytesView)) as? [String: Any]
        guard response.status == 200, let data = root?["data"] else {
            throw Refused(description: "\(root?["error"] ?? response.text)")
        }
        return data
    }

    func query(_ text: String) async throws -> [Sample] {
        let data = try await api("query?query=\(Self.escaped(text))") as? [String: Any]
        switch data?["resultType"] as? String {
        case "vector":
            return (data?["result"] as? [[String: Any]] ?? []).map { item in
                let value = (item["value"] as? [Any])?.last as? String
                return Sample(
                    labels: item["metric"] as? [String: String] ?? [:], value: value.flatMap(Double.init) ?? .nan)
            }
        case "scalar":
            let value = (data?["result"] as? [Any])?.last as? String
            return [Sample(labels: [:], value: value.flatMap(Double.init) ?? .nan)]
        case let other:
            throw Refused(description: "an instant vector was expected, not \(other ?? "nothing")")
        }
    }

    static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text
    }

    /// Waits until every target of every job answers well.
    func waitUntilScraped(targets: Int) async throws {
        try await Patience.until("Prometheus has scraped \(targets) targets") {
            try await self.query("up == 1").count == targets
        }
    }

    func stop() async throws {
        client.closeIdle()
        process.send(SIGTERM)
        try await process.end()
        #expect(!process.errors.contains("level=error"), "\(process.errors.suffix(2000))")
    }
}
