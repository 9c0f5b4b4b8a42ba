import Mesh
import Telemetry
import Testing

extension ProxyTests {
    @Suite(.serialized)
    struct ISO8583 {
        static let settings = ISO8583Settings(
            transactionSources: [ISO8583Source(attribute: "card.rrn", fields: [37])],
            responseTimeoutMilliseconds: 200)

        static let card = "4111111111111111"

        /// Fields 2, 7, 11, 37 and, in answers, 39.
        static func message(_ type: String, stan: String, rrn: String, code: String? = nil) -> [UInt8] {
            var bitmap: UInt64 = 0
            for field in [2, 7, 11, 37] + (code == nil ? [] : [39]) { bitmap |= 1 << UInt64(64 - field) }
            let body =
                Array(type.utf8) + (0..<8).reversed().map { UInt8(truncatingIfNeeded: bitmap >> (8 * $0)) }
                + Array("16\(card)1123125000\(stan)\(rrn)\(code ?? "")".utf8)
            return [UInt8(body.count >> 8), UInt8(body.count & 0xFF)] + body
        }

        @Test func requestsAndAnswersArePaired() async throws {
            let requests =
                Self.message("0200", stan: "000001", rrn: "RRN000000001")
                + Self.message("0200", stan: "000002", rrn: "RRN000000002")
            let answers =
                Self.message("0210", stan: "000002", rrn: "RRN000000002", code: "05")
                + Self.message("0210", stan: "000001", rrn: "RRN000000001", code: "00")
            let upstream = try TestUpstream { socket, _ in
                #expect(try socket.read(requests.count) == requests)
                try socket.write(answers)
                _ = try socket.readToEnd()
            }
            try await TestStream.with([upstream.port], .iso8583(Self.settings)) { proxy, port in
                let client = try RawSocket.connect(port)
                for byte in requests { try client.write([byte]) }
                #expect(try client.read(answers.count) == answers)
                let spans = try await proxy.sink.spans(2)
                #expect(spans.map { $0.text("card.rrn") } == ["RRN000000002", "RRN000000001"])
                #expect(spans.map { $0.text("iso8583.response_code") } == ["05", "00"])
                #expect(spans.allSatisfy { $0.name == "iso8583 0200" && $0.kind == .client && $0.status.code == 0 })
                #expect(spans.allSatisfy { !"\($0)".contains(Self.card) })
            }
            upstream.stop()
        }

        @Test func aRequestWithoutAnAnswerIsRecordedAsTimedOut() async throws {
            let upstream = try TestUpstream { socket, _ in _ = try socket.readToEnd() }
            try await TestStream.with([upstream.port], .iso8583(Self.settings)) { proxy, port in
                let client = try RawSocket.connect(port)
                try client.write(Self.message("0100", stan: "000009", rrn: "RRN000000009"))
                let span = try #require(try await proxy.sink.spans(1).first)
                #expect(span.text("waybill.response_flags") == "UT")
                #expect(span.text("card.rrn") == "RRN000000009")
            }
            upstream.stop()
        }

        @Test func aLengthBeyondTheBoundEndsTheConnection() async throws {
            let upstream = try TestUpstream { socket, _ in _ = try socket.readToEnd() }
            var settings = Self.settings
            settings.framing.maximumMessageBytes = 64
            try await TestStream.with([upstream.port], .iso8583(settings)) { proxy, port in
                let client = try RawSocket.connect(port)
                try client.write([0xFF, 0xFF, 0x30])
                _ = try? client.readToEnd()
                let span = try #require(try await proxy.sink.spans(1).first)
                #expect(span.text("waybill.response_flags") == "DPE")
                #expect(span.status.message.contains("a length of 65535"))
            }
            upstream.stop()
        }

        @Test func aMessageOfAnotherDialectPassesAndIsMarked() async throws {
            let odd: [UInt8] = [0, 5] + Array("02x0!".utf8)
            let upstream = try TestUpstream { socket, _ in
                #expect(try socket.read(odd.count) == odd)
                try socket.write("k")
            }
            try await TestStream.with([upstream.port], .iso8583(Self.settings)) { proxy, port in
                let client = try RawSocket.connect(port)
                try client.write(odd)
                let span = try #require(try await proxy.sink.spans(1).first)
                #expect(span.text("error.type") == "iso8583_malformed")
                #expect(span.status.message.contains("field 0, byte 2: not a decimal digit"))
            }
            upstream.stop()
        }
    }
}
