import Foundation
import Mesh
import Telemetry
import Testing

extension ProxyTests {
    @Suite(.serialized)
    struct StreamLog {
        private static func entries(_ path: String) throws -> [[String: Any]] {
            try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
                try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            }
        }

        private static func logged(
            _ configuration: ProxyConfiguration, _ body: (TestProxy) async throws -> Void
        ) async throws -> [[String: Any]] {
            let path = FileManager.default.temporaryDirectory
                .appendingPathComponent("waybill-\(UUID().uuidString).log").path
            defer { try? FileManager.default.removeItem(atPath: path) }
            var configuration = configuration
            configuration.accessLog = AccessLogDestination(path: path)
            try await TestStream.with(configuration, body)
            return try entries(path)
        }

        @Test func aLineForEveryConnection() async throws {
            let upstream = try TestUpstream { socket, _ in
                try socket.write("hello")
                _ = try socket.readToEnd()
            }
            let certificates = try #require(MutualTLS.certificates)
            var far = TestStream.configuration(
                [upstream.port], direction: .inbound,
                listener: {
                    $0.security = .mutualTLS
                    $0.authorization = Authorization(
                        revision: "s1",
                        rules: [AuthorizationRule(name: "all", principals: [PrincipalPattern("*")!])])
                })
            far.identity = try certificates.identity("ledger")
            var spans: [Span] = []
            let lines = try await Self.logged(far) { inbound in
                var near = TestStream.configuration(
                    [inbound.stream],
                    cluster: { $0.tls = PeerExpectation(spiffeID: "spiffe://bank.test/ledger") })
                near.identity = try certificates.identity("payments")
                try await TestStream.with(near) { outbound in
                    let client = try RawSocket.connect(outbound.stream)
                    try client.write("abc")
                    #expect(try client.read(5) == Array("hello".utf8))
                    client.close()
                    spans = try await inbound.sink.spans(1)
                }
            }
            upstream.stop()
            let line = try #require(lines.first)
            let span = try #require(spans.first)
            #expect(lines.count == 1)
            #expect(line["direction"] as? String == "inbound" && line["listener"] as? String == "stream")
            #expect(line["protocol"] as? String == "tcp" && line["route"] as? String == "all")
            #expect(line["bytes_received"] as? Int == 3 && line["bytes_sent"] as? Int == 5)
            #expect(line["duration_us"] is Int && (line["time"] as? String)?.hasSuffix("Z") == true)
            #expect(line["principal"] as? String == "spiffe://bank.test/ledger")
            #expect(line["peer_principal"] as? String == "spiffe://bank.test/payments")
            #expect(line["upstream"] as? String == "127.0.0.1:\(upstream.port)")
            #expect(line["trace_id"] as? String == span.traceID.description)
            #expect(line["span_id"] as? String == span.spanID.description)
            #expect(line["policy_revision"] as? String == "s1" && line["policy_rule"] as? String == "all")
            #expect(line["policy_decision"] as? String == "allow")
        }

        @Test func aLineForEveryPairOfMessages() async throws {
            let request = ISO8583.message("0200", stan: "000001", rrn: "RRN000000001")
            let answer = ISO8583.message("0210", stan: "000001", rrn: "RRN000000001", code: "51")
            let upstream = try TestUpstream { socket, _ in
                _ = try socket.read(request.count)
                try socket.write(answer)
                _ = try socket.readToEnd()
            }
            var spans: [Span] = []
            let lines = try await Self.logged(
                TestStream.configuration([upstream.port], .iso8583(ISO8583.settings))
            ) { proxy in
                let client = try RawSocket.connect(proxy.stream)
                try client.write(request)
                #expect(try client.read(answer.count) == answer)
                // Never answered, and the connection goes.
                try client.write(ISO8583.message("0200", stan: "000002", rrn: "RRN000000002"))
                client.close()
                spans = try await proxy.sink.spans(3)
            }
            upstream.stop()
            #expect(lines.count == 3)
            let pair = try #require(lines.first)
            #expect(pair["message_type"] as? String == "0200" && pair["response_message_type"] as? String == "0210")
            #expect(pair["response_code"] as? String == "51")
            #expect(pair["transactions"] as? [String: String] == ["card.rrn": "RRN000000001"])
            #expect(pair["bytes_received"] as? Int == request.count && pair["bytes_sent"] as? Int == answer.count)
            #expect(pair["trace_id"] as? String == spans.first?.traceID.description)
            #expect(pair["response_flags"] == nil)
            let lost = lines[1]
            #expect(lost["transactions"] as? [String: String] == ["card.rrn": "RRN000000002"])
            #expect(lost["reason"] as? String == "the connection ended before the answer")
            #expect(lines[2]["message_type"] == nil && lines[2]["protocol"] as? String == "iso8583")
            #expect(spans.map { $0.text("waybill.response_flags") } == lines.map { $0["response_flags"] as? String })
            #expect(spans.map(\.spanID.description) == lines.map { $0["span_id"] as? String })
            #expect(!"\(lines)".contains(ISO8583.card))
        }
    }
}
