import Collector
import Interop
import NIOHTTP1
import Telemetry
import Testing

/// How answers travel: compressed or not, with their body or without.
@Suite struct AnswerCodingTests {
    @Test func aLongAnswerIsCompressedForWhoTakesIt() async throws {
        try await withCollector { collector in
            let spans = (1...200 as ClosedRange<UInt64>).map { id in
                Span(
                    traceID: TraceID(high: 0, low: 1), spanID: SpanID(id), name: "step \(id)", startNanoseconds: id,
                    endNanoseconds: id + 1)
            }
            expect(200, try await collector.post(OTLPTraceEncoder.encode(spans: spans)))
            let plain = try await collector.get("/jaeger/api/traces/1")
            #expect(plain.headers.first(name: "Content-Encoding") == nil)
            #expect(plain.headers.first(name: "Vary") == "Accept-Encoding")
            for accepted in ["gzip", "deflate, gzip;q=0.5", "*"] {
                let packed = try await collector.get("/jaeger/api/traces/1", headers: [("Accept-Encoding", accepted)])
                #expect(packed.headers.first(name: "Content-Encoding") == "gzip", "\(accepted)")
                #expect(packed.body.readableBytes < plain.body.readableBytes / 4)
                let bytes = Array(packed.body.readableBytesView)
                let inflated = try bytes.withUnsafeBytes { try Gzip.inflate($0, limit: 1 << 20) }
                #expect(inflated == Array(plain.body.readableBytesView))
            }
            for refused in ["identity", "gzip;q=0", "br", "gzip; q=0.0, *"] {
                let answer = try await collector.get("/jaeger/api/traces/1", headers: [("Accept-Encoding", refused)])
                #expect(answer.headers.first(name: "Content-Encoding") == nil, "\(refused)")
            }
            let short = try await collector.get("/jaeger/api/services", headers: [("Accept-Encoding", "gzip")])
            #expect(short.headers.first(name: "Content-Encoding") == nil)
        }
    }

    @Test func whatIsDeflatedInflates() throws {
        for count in [0, 1, 1399, 300_000, 3_000_000] {
            let plain = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
            let packed = try #require(plain.withUnsafeBytes { Gzip.deflate($0) })
            #expect(try packed.withUnsafeBytes { try Gzip.inflate($0, limit: count + 1) } == plain)
        }
    }

    @Test func unknownPathsSayWhatThereIs() async throws {
        try await withCollector { collector in
            for (path, part) in [
                ("/nothing", #""code":"no_such_path""#), ("/jaeger/api/nothing", #""errors":[{"code":404"#),
                ("/tempo/api/nothing", "There is nothing here"), ("/zipkin", "There is nothing here"),
                ("/api/search/tag/values", "no_such_path"),
            ] {
                let answer = try await collector.get(path)
                #expect(answer.status == 404 && answer.text.contains(part), "\(path): \(answer.text)")
            }
        }
    }
}
