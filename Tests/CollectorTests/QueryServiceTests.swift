import Collector
import Telemetry
import Testing

@Suite struct QueryServiceTests {
    @Test func saysClearlyWhatIsNotThere() async throws {
        try await withCollector { collector in
            let journey = try await collector.get("/api/v1/journeys/nobody%20paid")
            #expect(journey.status == 404)
            #expect(journey.text.contains("nobody paid"))
            #expect(try await collector.get("/api/v1/journeys/x?kind=nonsense").status == 400)
            #expect(try await collector.get("/api/v1/traces/\(TraceID(high: 1, low: 2))").status == 404)
            #expect(try await collector.get("/api/v1/traces/xyz").status == 400)
            #expect(try await collector.get("/api/v1/traces/" + String(repeating: "0", count: 32)).status == 400)
            #expect(try await collector.get("/nothing").status == 404)
            #expect(try await collector.get("/api/v1/journeys/%GG").status == 400)
            #expect(try await collector.get("/healthz").status == 200)
            #expect(try await collector.get("/readyz").status == 200)
        }
    }

    @Test func aTokenIsWantedWhereOneIsSet() async throws {
        let secret = "correct-horse-battery"
        try await withCollector({ $0.tokens = [AccessToken(name: "audit", secret: secret)] }) { collector in
            #expect(try await collector.get("/metrics").status == 401)
            #expect(try await collector.get("/metrics", headers: [("Authorization", "Bearer wrong")]).status == 401)
            #expect(try await collector.get("/metrics", headers: [("Authorization", "Bearer \(secret)")]).status == 200)
            #expect(try await collector.get("/healthz").status == 200)
            #expect(try await collector.post([]).status == 401)
        }
    }

    @Test func aListenerOffLoopbackRefusesToStart() async throws {
        for change: (inout CollectorConfiguration) -> Void in [
            { $0.wireListen = "0.0.0.0:0" }, { $0.otlpHTTPListen = "[::]:0" }, { $0.httpListen = "0.0.0.0:0" },
        ] {
            await #expect(throws: CollectorStartError.self) { try await withCollector(change) { _ in } }
        }
    }

    @Test func aDirectoryInUseIsRefused() async throws {
        try await withCollector { first in
            let directory = first.collector.dataDirectory
            let error = await #expect(throws: CollectorStartError.self) {
                try await withCollector({ $0.dataDirectory = directory }) { _ in }
            }
            #expect(error?.description.contains(directory) == true)
        }
    }
}
