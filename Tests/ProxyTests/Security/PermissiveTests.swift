import Glibc
import Mesh
import Telemetry
import Testing

extension ProxyTests {
    @Suite(.serialized)
    struct Permissive {
        private static func soft(_ until: String) -> (inout ProxyConfiguration) -> Void {
            { configuration in
                configuration.inbound?.security = .permissive
                configuration.inbound?.permissiveUntil = Instant(until)
            }
        }

        @Test func bothKindsOfCallersAndThePlainOnesAreReported() async throws {
            try await MutualTLS.pair(callee: Self.soft("2999-01-01T00:00:00Z")) { outbound, inbound in
                let secure = try outbound.connect()
                try secure.write("GET / HTTP/1.1\r\nhost: ledger\r\n\r\n")
                #expect(try secure.readMessage().status == 200)
                let plain = try inbound.connect()
                for _ in 0..<2 {
                    try plain.write("GET / HTTP/1.1\r\nhost: ledger\r\n\r\n")
                    #expect(try plain.readMessage().status == 200)
                }
                let spans = try await inbound.sink.spans(3)
                #expect(spans.map { $0.text("waybill.peer.principal") } == ["spiffe://bank.test/payments", nil, nil])
                #expect(spans.map { $0.attributes.first("waybill.plaintext") } == [nil, .bool(true), .bool(true)])
                #expect(inbound.counter("waybill_proxy_plaintext_connections_total") == 1)
            }
        }

        /// A plain connection that is open when the permission ends is cut off, as is one whose certificate ends.
        @Test func theEndComesForOpenConnectionsToo() async throws {
            // Counted from when the certificates are made.
            let soon: (inout ProxyConfiguration) -> Void = {
                Self.soft(Instant(seconds: Int64(time(nil)) + 4).text)(&$0)
            }
            try await MutualTLS.pair(callee: soon) { _, inbound in
                let plain = try inbound.connect()
                try plain.write("GET / HTTP/1.1\r\nhost: ledger\r\n\r\n")
                #expect(try plain.readMessage().status == 200)
                #expect(try plain.isClosedByPeer())
                #expect(inbound.counter(#"waybill_proxy_connections_cut_total{reason="expired"}"#) == 1)
                let late = try inbound.connect()
                try late.write("GET / HTTP/1.1\r\nhost: ledger\r\n\r\n")
                #expect(!String(decoding: try late.readToEnd(), as: UTF8.self).contains("200"))
            }
        }

        @Test func afterTheEndOnlyTLS() async throws {
            try await MutualTLS.pair(callee: Self.soft("2020-01-01T00:00:00Z")) { outbound, inbound in
                let secure = try outbound.connect()
                try secure.write("GET / HTTP/1.1\r\nhost: ledger\r\n\r\n")
                #expect(try secure.readMessage().status == 200)
                let plain = try inbound.connect()
                try plain.write("GET / HTTP/1.1\r\nhost: ledger\r\n\r\n")
                #expect(!String(decoding: try plain.readToEnd(), as: UTF8.self).contains("200"))
                #expect(inbound.counter("waybill_proxy_plaintext_connections_total") == 0)
            }
        }
    }
}
