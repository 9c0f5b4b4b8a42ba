import Collector
import Telemetry
import Testing

@Suite struct QueryServiceTests {
    @Test func saysClearlyWhatIsNotThere() async throws {
        try await withCollector { collector in
            let journey = try await collector.get("/api/v1/journeys/nobody%20paid")
            #expect(journey.status == 404)
            #expect(journey.text.contains("nobody paid"))
            expect(400, try await collector.get("/api/v1/journeys/x?kind=nonsense"))
            expect(404, try await collector.get("/api/v1/traces/\(TraceID(high: 1, low: 2))"))
            expect(400, try await collector.get("/api/v1/traces/xyz"))
            expect(400, try await collector.get("/api/v1/traces/" + String(repeating: "0", count: 32)))
            expect(404, try await collector.get("/nothing"))
            expect(400, try await collector.get("/api/v1/journeys/%GG"))
            expect(200, try await collector.get("/healthz"))
            expect(200, try await collector.get("/readyz"))
        }
    }

    @Test func aTokenIsWantedWhereOneIsSet() async throws {
        let secret = "correct-horse-battery"
        try await withCollector({ $0.tokens = [AccessToken(name: "audit", secret: secret)] }) { collector in
            expect(401, try await collector.get("/metrics"))
            expect(401, try await collector.get("/metrics", headers: [("Authorization", "Bearer wrong")]))
            expect(200, try await collector.get("/metrics", headers: [("Authorization", "Bearer \(secret)")]))
            expect(200, try await collector.get("/healthz"))
            expect(401, try await collector.post([]))
        }
    }

    @Test func aListenerOffLoopbackRefusesToStart() async throws {
        for change: (inout CollectorConfiguration) -> Void in [
            { $0.wireListen = "0.0.0.0:0" }, { $0.otlpGRPCListen = "0.0.0.0:0" }, { $0.otlpHTTPListen = "[::]:0" },
            { $0.httpListen = "0.0.0.0:0" },
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
