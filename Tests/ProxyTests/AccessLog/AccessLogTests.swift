import Foundation
import Logging
import Mesh
import Proxy
import Synchronization
import Telemetry
import Testing

extension ProxyTests {
    @Suite(.serialized)
    struct AccessLog {
        @Test func aLineForEveryRequest() async throws {
            let path = FileManager.default.temporaryDirectory
                .appendingPathComponent("waybill-\(UUID().uuidString).log").path
            defer { try? FileManager.default.removeItem(atPath: path) }
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response("200 OK", "hello") }
            var configuration = TestProxy.configuration([upstream.port], inbound: true)
            configuration.inbound?.routes[0].transactionSources = [
                TransactionSource(attribute: "payment.transaction_id", location: .header("x-payment-id"))
            ]
            configuration.inbound?.authorization = Authorization(
                revision: "r1", rules: [AuthorizationRule(name: "get", methods: ["GET"])])
            configuration.accessLog = AccessLogDestination(path: path)
            let proxy = try await TestProxy(configuration)
            let client = try proxy.connect()
            try client.write(
                "GET /cards/4111111111111111?q=1 HTTP/1.1\r\nhost: ab\r\nx-payment-id: P-1\r\n\r\n")
            #expect(try client.readMessage().text == "hello")
            try client.write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n")
            #expect(try client.readMessage().status == 403)
            let spans = try await proxy.sink.spans(2)
            upstream.stop()
            try await proxy.stop()

            let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            #expect(lines.count == 2)
            let entries = try lines.map {
                try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            }
            #expect(entries[0]["path"] as? String == "/cards/411111******1111")
            #expect(entries[0]["method"] as? String == "GET")
            #expect(entries[0]["status"] as? Int == 200)
            #expect(entries[0]["bytes_sent"] as? Int == 5)
            #expect(entries[0]["transactions"] as? [String: String] == ["payment.transaction_id": "P-1"])
            #expect(entries[0]["trace_id"] as? String == spans[0].traceID.description)
            #expect(entries[0]["span_id"] as? String == spans[0].spanID.description)
            #expect(entries[0]["policy_revision"] as? String == "r1")
            #expect(entries[0]["policy_rule"] as? String == "get")
            #expect((entries[0]["time"] as? String)?.hasSuffix("Z") == true)
            #expect(entries[1]["status"] as? Int == 403)
            #expect(entries[1]["response_flags"] as? String == "RBAC")
            #expect(entries[1]["policy_decision"] as? String == "deny")
        }

        @Test func aLogThatCannotBeWrittenIsAMistakeOfTheConfiguration() {
            var configuration = TestProxy.configuration([1])
            configuration.accessLog = AccessLogDestination(path: "/nowhere/at/all.log")
            #expect(throws: ConfigurationError.self) {
                try ProxyServer(configuration: configuration, workers: 1, log: Logger(label: "test"))
            }
        }

        /// Nothing reads the pipe: requests go on, and what does not fit is counted.
        @Test func aLogThatBlocksSlowsNoRequest() async throws {
            let path = FileManager.default.temporaryDirectory
                .appendingPathComponent("waybill-\(UUID().uuidString).pipe").path
            #expect(mkfifo(path, 0o600) == 0)
            let reader = open(path, O_RDONLY | O_NONBLOCK)
            let ended = Mutex(false)
            defer {
                close(reader)
                try? FileManager.default.removeItem(atPath: path)
            }
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response() }
            var configuration = TestProxy.configuration([upstream.port])
            configuration.accessLog = AccessLogDestination(path: path, queueLimitBytes: 65_536)
            let proxy = try await TestProxy(configuration)
            let client = try proxy.connect()
            let long = String(repeating: "a", count: 4_000)
            for _ in 0..<120 {
                try client.write("GET /\(long) HTTP/1.1\r\nhost: a\r\n\r\n")
                #expect(try client.readMessage().status == 200)
            }
            try await eventually("lines are dropped") {
                proxy.counter("waybill_proxy_access_log_lines_dropped_total") > 0
            }
            // Reading lets the writer end.
            let drained = Task.detached {
                var piece = [UInt8](repeating: 0, count: 65_536)
                while !ended.withLock({ $0 }) {
                    if read(reader, &piece, piece.count) <= 0 { try await Task.sleep(nanoseconds: 1_000_000) }
                }
            }
            upstream.stop()
            try await proxy.stop()
            ended.withLock { $0 = true }
            try await drained.value
        }
    }
}
