import Foundation
import Telemetry
import TestSupport
import Testing

/// A real Prometheus reads what the collector and the proxy expose.
@Suite(.serialized, .timeLimit(.minutes(2))) struct PrometheusTests {
    static var isUsable: Bool {
        if Programs.tool("prometheus") != nil, Programs.tool("promtool") != nil { return true }
        print("PrometheusTests skipped: prometheus and promtool are not on the PATH (make test installs them).")
        return false
    }

    @Test(.enabled(if: isUsable)) func scrapesCollectorAndProxy() async throws {
        let directory = try TemporaryDirectory()
        let collector = try await RunningCollector(data: directory.file("data"))
        let pair = try await ProxyPair(collector: collector, directory: directory)
        for number in 0..<20 {
            #expect(try await pair.call("/payments/M-\(number)").status == 200)
        }
        _ = try await collector.post(Samples.request(transaction: "M-1", trace: 9))
        for address in [collector.http, pair.caller.admin] {
            let page = try await pair.page("http://\(address)/metrics")
            try await PromTool.check(page, directory)
        }
        let port = try FreePort.next()
        let config = directory.file("prometheus.yml")
        try """
        global: {scrape_interval: 1s}
        scrape_configs:
          - job_name: waybill
            static_configs: [{targets: ['\(collector.http)', '\(pair.caller.admin)', '\(pair.callee.admin)']}]
        """.write(toFile: config, atomically: true, encoding: .utf8)
        let prometheus = try ChildProcess(
            try #require(Programs.tool("prometheus")),
            [
                "--config.file=\(config)", "--storage.tsdb.path=\(directory.file("tsdb"))",
                "--web.listen-address=127.0.0.1:\(port)", "--log.level=warn",
            ])
        func query(_ text: String) async throws -> [[String: Any]] {
            let page = try? await pair.page("http://127.0.0.1:\(port)/api/v1/query?query=\(text)")
            guard let page, let root = try? JSONSerialization.jsonObject(with: Data(page.utf8)) as? [String: Any],
                let data = root["data"] as? [String: Any]
            else { return [] }
            return data["result"] as? [[String: Any]] ?? []
        }
        try await Patience.until("Prometheus has scraped all three: \(prometheus.errors)", within: 60) {
            try await query("up%3D%3D1").count == 3
        }
        let names = try await query("count%20by%20(__name__)%20(%7Bjob%3D%22waybill%22%7D)").compactMap {
            ($0["metric"] as? [String: String])?["__name__"]
        }
        #expect(names.contains { $0.hasPrefix("waybill_") })
        prometheus.send(SIGTERM)
        try await prometheus.end()
        try await pair.stop()
        try await collector.stop()
    }
}
