import Collector
import Foundation
import Interop
import Telemetry
import Testing

/// Searches whose traces come line by line as they are found.
@Suite struct TraceSearchStreamTests {
    private struct Line: Decodable {
        struct End: Decodable {
            struct Failure: Decodable { var code: String }

            var traces: Int
            var partial: Bool
            var gaps: [String]
            var cursor: String?
            var error: Failure?
        }

        var traceID: String?
        var matched: Int?
        var end: End?
    }

    private struct Page: Decodable {
        struct Trace: Decodable { var traceID: String }

        var traces: [Trace]
        var cursor: String?
    }

    private static let everything = "/api/v1/search?q=%7B%20%7D"

    /// Traces of three spans each, with `padding` bytes of name; every second of them at the same time as another.
    private func fill(_ collector: RunningCollector, traces: Int, padding: Int = 0) async throws {
        let name = String(repeating: "x", count: padding)
        for first in stride(from: 0, to: traces, by: 200) {
            var spans: [Span] = []
            for number in first..<min(traces, first + 200) {
                spans += payment(UInt64(number), transaction: "PAY-\(number)").map { span in
                    var span = span
                    span.startNanoseconds += UInt64(number / 2) * 1_000_000
                    span.endNanoseconds += UInt64(number / 2) * 1_000_000
                    span.name += name
                    return span
                }
            }
            expect(200, try await collector.post(OTLPTraceEncoder.encode(spans: spans)))
        }
    }

    private func lines(_ text: some StringProtocol) throws -> [Line] {
        try text.split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
    }

    /// The ids of all pages.
    private func paged(_ collector: RunningCollector) async throws -> [String] {
        var ids: [String] = []
        var cursor = ""
        while true {
            let answer = try await collector.get(Self.everything + "&limit=150" + cursor)
            let page = try JSONDecoder().decode(Page.self, from: Data(answer.text.utf8))
            ids += page.traces.map(\.traceID)
            guard let next = page.cursor else { return ids }
            cursor = "&cursor=\(next)"
        }
    }

    @Test func theOrderIsThatOfThePages() async throws {
        try await withCollector { collector in
            try await fill(collector, traces: 700)
            let ids = try await paged(collector)
            #expect(ids.count == 700)
            let answer = try await collector.get(Self.everything + "&stream=true")
            expect(200, answer)
            #expect(answer.headers.first(name: "Content-Type") == "application/x-ndjson")
            #expect(answer.headers.first(name: "Transfer-Encoding") == "chunked")
            let lines = try lines(answer.text)
            #expect(lines.dropLast().map(\.traceID) == ids)
            let end = try #require(lines.last?.end)
            #expect(end.traces == 700 && !end.partial && end.gaps.isEmpty && end.cursor == nil && end.error == nil)
            // By the header; as many as are asked for, and on from there.
            let first = try self.lines(
                try await collector.get(
                    Self.everything + "&limit=33", headers: [("Accept", "application/x-ndjson")]
                ).text)
            let cursor = try #require(first.last?.end?.cursor)
            let rest = try self.lines(try await collector.get(Self.everything + "&stream=true&cursor=\(cursor)").text)
            #expect(first.count == 34 && (first.dropLast() + rest.dropLast()).map(\.traceID) == ids)
            // Nothing found is a last line all the same.
            let none = try self.lines(
                try await collector.get("/api/v1/search?q=%7B%20name%20%3D%20%22no%22%20%7D&stream=true").text)
            #expect(none.count == 1 && none[0].end?.traces == 0 && none[0].end?.partial == false)
        }
    }

    @Test func aSlowReaderGetsAllAndHoldsNobodyUp() async throws {
        try await withCollector { collector in
            try await fill(collector, traces: 1200, padding: 3000)
            let ids = try await paged(collector)
            // More of them than there are threads for searches.
            var slow: [SlowSocket] = []
            for _ in 0..<6 {
                let socket = try SlowSocket(collector.address("http"), receiveBytes: 64 << 10)
                socket.send("GET \(Self.everything)&stream=true&spans=0 HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(!socket.read(1000).isEmpty)
                slow.append(socket)
            }
            #expect(try await paged(collector) == ids)
            let answer = slow[0].readAll { $0.suffix(5) == Array("0\r\n\r\n".utf8) }
            #expect(answer.count > 8 << 20)
            // The first of them may have come with the first bytes.
            let found = Self.traceIDs(answer)
            #expect(found == ids.suffix(found.count) && found.count >= ids.count - 1)
            let end = String(decoding: answer.suffix(400), as: UTF8.self)
            #expect(end.contains(#"{"end":{"traces":1200,"partial":false"#))
        }
    }

    private static func traceIDs(_ bytes: [UInt8]) -> [String] {
        let mark = Array(#"{"traceID":""#.utf8)
        return bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
            guard let quote = line.firstIndex(of: mark[0]), line[quote...].starts(with: mark) else { return nil }
            return String(decoding: line[(quote + mark.count)...].prefix(32), as: UTF8.self)
        }
    }

    @Test func aClientThatGoesAwayLeavesNothingBehind() async throws {
        try await withCollector { collector in
            try await fill(collector, traces: 1200, padding: 3000)
            // Those of the client that asks.
            let kept = try await collector.metric("waybill_collector_connections")
            for _ in 0..<20 {
                let socket = try SlowSocket(collector.address("http"))
                socket.send("GET \(Self.everything)&stream=true&spans=0 HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(!socket.read(1000).isEmpty)
            }
            var open: Double? = nil
            for _ in 0..<500 where open != kept {
                open = try await collector.metric("waybill_collector_connections")
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(open == kept)
            #expect(try await paged(collector).count == 1200)
        }
    }

    @Test func aCollectorThatStopsDoesNotMakeAPartLookWhole() async throws {
        nonisolated(unsafe) var socket: SlowSocket?
        try await withCollector { collector in
            try await fill(collector, traces: 1200, padding: 3000)
            socket = try SlowSocket(collector.address("http"))
            socket?.send("GET \(Self.everything)&stream=true&spans=0 HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(socket?.read(1000).isEmpty == false)
        }
        let rest = try #require(socket).readAll()
        #expect(rest.suffix(5) != Array("0\r\n\r\n".utf8))
        #expect(!String(decoding: rest, as: UTF8.self).contains(#"{"end":"#))
    }

    @Test func olderClients() async throws {
        try await withCollector { collector in
            try await fill(collector, traces: 10)
            let old = try SlowSocket(collector.address("http"))
            old.send("GET \(Self.everything)&stream=true HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let answer = String(decoding: old.readAll(), as: UTF8.self).components(separatedBy: "\r\n\r\n")
            #expect(answer.count == 2 && answer[0].hasPrefix("HTTP/1.0 200") && !answer[0].contains("chunked"))
            #expect(try lines(answer[1]).last?.end?.traces == 10)
            let head = try SlowSocket(collector.address("http"))
            head.send("HEAD \(Self.everything)&stream=true HTTP/1.1\r\nHost: x\r\n\r\n")
            let fields = String(decoding: head.readAll(), as: UTF8.self)
            #expect(fields.contains("x-ndjson") && fields.hasSuffix("\r\n\r\n") && !fields.contains("traceID"))
        }
    }

    @Test func refusalsComeBeforeTheFirstLine() async throws {
        try await withCollector { collector in
            for (path, part) in [
                (Self.everything + "&stream=maybe", "stream"), (Self.everything + "&stream=true&limit=0", "limit"),
                ("/api/v1/search?q=%7B&stream=true", "at byte"), ("/api/v1/search?service=x&stream=true", "stream"),
                ("/api/v1/search?q=%7B%20%7D%20%7C%20rate()&stream=true", "rate"),
            ] {
                let answer = try await collector.get(path)
                expect(400, answer)
                #expect(answer.text.contains(part), "\(answer.text)")
            }
            expect(200, try await collector.get(Self.everything + "&stream=false"))
        }
    }
}
