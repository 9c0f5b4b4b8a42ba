import Mesh
import Telemetry
import Testing

extension ProxyTests {
    @Suite(.serialized)
    struct Transactions {
        static let uetr = "97ed4827-7b6f-4491-a06f-b548d5a7512d"

        static func spans(
            _ sources: [TransactionSource], _ request: String, look: Int = 65_536, inbound: Bool = true
        ) async throws -> [ListSink.Exported] {
            let route = Route(
                name: "pay", cluster: "up", transactionSources: sources, maximumBodyLookBytes: look, payment: true)
            var exported: [ListSink.Exported] = []
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response() }
            try await TestProxy.with(upstream, inbound: inbound, route: route) { proxy in
                let client = try proxy.connect()
                try client.write(request)
                #expect(try client.readMessage().status == 200)
                _ = try await proxy.sink.spans(1)
                exported = proxy.sink.all
            }
            return exported
        }

        static func source(_ location: TransactionSource.Location) -> [TransactionSource] {
            [TransactionSource(attribute: "payment.uetr", location: location)]
        }

        static func post(_ body: String, path: String = "/payments") -> String {
            "POST \(path) HTTP/1.1\r\nhost: a\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
        }

        @Test(arguments: [true, false])
        func fromAHeader(_ inbound: Bool) async throws {
            let found = try await Self.spans(
                Self.source(.header("x-uetr")), "GET / HTTP/1.1\r\nhost: a\r\nX-UETR: \(Self.uetr)\r\n\r\n",
                inbound: inbound)
            #expect(found.map { $0.span.text("payment.uetr") } == [Self.uetr])
            #expect(found.map(\.delivery) == [.payment])
        }

        @Test func fromThePathAndTheQuery() async throws {
            let segment = try await Self.spans(
                Self.source(.pathSegment(1)), "GET /payments/\(Self.uetr)?a=b HTTP/1.1\r\nhost: a\r\n\r\n")
            #expect(segment[0].span.text("payment.uetr") == Self.uetr)
            let query = try await Self.spans(
                Self.source(.query("id")), "GET /payments?x=y&id=\(Self.uetr) HTTP/1.1\r\nhost: a\r\n\r\n")
            #expect(query[0].span.text("payment.uetr") == Self.uetr)
            #expect(query[0].span.text("url.path") == "/payments")
        }

        @Test func fromAJSONBody() async throws {
            let pointer = try #require(JSONPointer("/payment/uetr"))
            let found = try await Self.spans(
                Self.source(.json(pointer)), Self.post(#"{"amount": 7, "payment": {"uetr": "\#(Self.uetr)"}}"#))
            #expect(found[0].span.text("payment.uetr") == Self.uetr)
            #expect(!found[0].span.attributes.contains { $0.value.text.contains("amount") })
        }

        @Test func fromABodyInPieces() async throws {
            let pointer = try #require(JSONPointer("/uetr"))
            let pieces = [#"{"uetr""#, #": "97ed4827-7b6f"#, #"-4491-a06f-b548d5a7512d"}"#]
            let chunks = pieces.map { "\(String($0.utf8.count, radix: 16))\r\n\($0)\r\n" }.joined()
            let found = try await Self.spans(
                Self.source(.json(pointer)),
                "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n\(chunks)0\r\n\r\n")
            #expect(found[0].span.text("payment.uetr") == Self.uetr)
        }

        @Test func fromAnISO20022Message() async throws {
            let path = try #require(XMLElementPath("CdtTrfTxInf/PmtId/UETR"))
            let xml =
                "<?xml version=\"1.0\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08\">"
                + "<FIToFICstmrCdtTrf><CdtTrfTxInf><PmtId><UETR>\(Self.uetr)</UETR></PmtId></CdtTrfTxInf>"
                + "</FIToFICstmrCdtTrf></Document>"
            let found = try await Self.spans(Self.source(.xml(path)), Self.post(xml))
            #expect(found[0].span.text("payment.uetr") == Self.uetr)
        }

        @Test func nothingIsLookedAtBeyondTheBound() async throws {
            let pointer = try #require(JSONPointer("/uetr"))
            let body = #"{"padding": "\#(String(repeating: "x", count: 2_000))", "uetr": "\#(Self.uetr)"}"#
            let found = try await Self.spans(Self.source(.json(pointer)), Self.post(body), look: 1_000)
            #expect(found.count == 1)
            #expect(found[0].span.text("payment.uetr") == nil)
        }

        @Test(arguments: [String(repeating: "x", count: 10_000), "a\tb"])
        func whatCannotBeAnIDIsNotTaken(_ value: String) async throws {
            let found = try await Self.spans(
                Self.source(.header("x-id")), "GET / HTTP/1.1\r\nhost: a\r\nx-id: \(value)\r\n\r\n")
            #expect(found[0].span.text("payment.uetr") == nil)
        }

        @Test func aRouteThatForwardsNothingUnrecorded() async throws {
            let route = Route(name: "pay", cluster: "up", payment: true, whenSpoolFull: .refuse)
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response() }
            try await TestProxy.with(upstream, route: route) { proxy in
                let client = try proxy.connect()
                try client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                #expect(try client.readMessage().status == 200)
                proxy.sink.refusePayments()
                try client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                let refused = try client.readMessage()
                #expect(refused.status == 503)
                #expect(refused.field("x-waybill-response-flags") == "RR")
                #expect(upstream.connections == 1)
                // What was refused for want of a record is recorded when there is room again.
                let spans = try await proxy.sink.spans(2)
                #expect(spans.count == 2 && spans.compactMap { $0.text("waybill.response_flags") } == ["RR"])
                #expect(proxy.sink.all.allSatisfy { $0.delivery == .payment })
            }
        }
    }
}
