import Foundation
import Telemetry
import Testing

/// Services that know of no proxy, in network namespaces, with real rules and the kernel's redirection.
@Suite(.serialized, .enabled(if: NetworkNamespace.areAvailable), .timeLimit(.minutes(3)))
struct TransparentTests {
    @Test(arguments: ["nft", "legacy"]) func twoServicesTalkOverMutualTLSAndKnowNothingOfIt(
        backend: String
    ) async throws {
        let pair = try await TransparentPair(backend: backend)
        let (payments, ledger) = (pair.payments, pair.ledger)
        let (v4, v6) = (TransparentPair.ledgerV4, TransparentPair.ledgerV6)

        // HTTP by declared port, over both versions of IP: the callee hears its proxy, and the trace has begun.
        for (number, host) in ["\(v4)", "[\(v6)]"].enumerated() {
            let answer = try #require(
                try await payments.get("http://\(host):8080/entries", "-H", "x-payment-id: E2E-\(number)"))
            #expect(answer.peer == "127.0.0.1" && answer.path == "/entries" && answer.traceparent != nil)
            try await Patience.until("the hop of E2E-\(number) is recorded") {
                try await pair.journey("E2E-\(number)").output.contains("payments → ledger")
            }
            for kind in ["client", "server"] {
                #expect(
                    try await pair.records(
                        "{ span.waybill.original_destination = \"\(host):8080\" && kind = \(kind) "
                            + "&& span.payment.id = \"E2E-\(number)\" }"))
            }
        }
        // TCP by declared port.
        #expect(try await payments.line(v4, 5432) == "127.0.0.1 hello")
        #expect(
            try await pair.records(
                "{ span.server.address = \"\(v4)\" && span.server.port = 5432 && kind = client }"))
        // The callee does not listen on loopback.
        #expect(try await payments.get("http://\(v4):9090/")?.peer == "127.0.0.6")

        // Nothing declared: refused, on both sides, and told.
        #expect(try await payments.line(v4, 5999) == "closed")
        #expect(
            try await pair.records(
                "{ span.waybill.original_destination = \"\(v4):5999\" && span.waybill.response_flags = \"NR\" "
                    + "&& kind = client }"))
        #expect(try await payments.line(v4, 7000, user: nil) == "closed")
        #expect(
            try await pair.records(
                "{ span.waybill.original_destination = \"\(v4):7000\" && span.waybill.response_flags = \"NR\" "
                    + "&& kind = server }"))
        // Without its proxy nobody comes in: the callee's proxy is strict.
        #expect(try await payments.get("http://\(v4):8080/", user: nil) == nil)
        // The proxy's own listener is nobody's destination.
        #expect(try await payments.line(v4, 15_006, user: nil) == "closed")
        #expect(try await pair.records("{ span.waybill.response_flags = \"LD\" && kind = server }"))

        // Excluded by port, and by block.
        #expect(try await payments.line(v4, 6000) == "\(TransparentPair.paymentsV4) hello")
        #expect(
            try await payments.line(TransparentPair.excludedLedger, 7000)
                == "\(TransparentPair.excludedPayments) hello")

        // A service that calls itself does so directly by address, and through its proxy by its service's name.
        for host in [v4, "127.0.0.1", "[\(v6)]", "[::1]"] {
            let answer = try #require(try await ledger.get("http://\(host):8080/"), "\(host)")
            #expect(answer.traceparent == nil)
        }
        let own = try #require(
            try await payments.get("http://payments:8080/", "--resolve", "payments:8080:10.99.0.1"))
        #expect(own.peer == "127.0.0.1" && own.traceparent != nil)

        // Without the rules both are as they were.
        for namespace in [payments, ledger] {
            #expect(try await namespace.intercept("down").status == 0)
            #expect(try await !namespace.tool("iptables-\(backend)-save").contains("WAYBILL"))
            #expect(try await !namespace.tool("ip6tables-\(backend)-save").contains("WAYBILL"))
        }
        let direct = try #require(try await payments.get("http://\(v4):8080/"))
        #expect(direct.peer == TransparentPair.paymentsV4 && direct.traceparent == nil)
        try await pair.stop()
    }

    @Test func whatIsNotDeclaredIsPassedOnWhereThePolicyAllowsIt() async throws {
        let directory = try TemporaryDirectory()
        let (caller, callee) = (try await NetworkNamespace(), try await NetworkNamespace())
        try await caller.connect(
            to: callee, ["10.77.0.1/24", "fd77::1/64"], ["10.77.0.2/24", "fd77::2/64"])
        let service = try await callee.startService("tcp:7000", "http:8080")
        let path = directory.file("proxy.json")
        try """
        {"service": {"name": "caller"},
         "outbound": {"transparent": true, "originalPorts": [8080], "routes": [{"name": "web", "cluster": "web"}]},
         "clusters": [{"name": "web", "endpoints": ["10.77.0.2:8080"]}],
         "interception": {"outboundTrafficPolicy": "ALLOW_ANY", "proxyGIDs": [4242]}}
        """.write(toFile: path, atomically: true, encoding: .utf8)
        // The same user as its callers, but a group of its own.
        let proxy = try caller.start(
            try #require(Programs.tool("setpriv")),
            ["--regid", "4242", "--clear-groups", Programs.proxy, "--config", path])
        try await Patience.until("the proxy is ready") {
            proxy.output.contains("ready\n") || !proxy.isRunning
        }
        try #require(proxy.isRunning, "\(proxy.errors)")

        try await caller.up("--config", path)
        #expect(try await caller.line("10.77.0.2", 7000) == "10.77.0.1 hello")
        #expect(try await caller.line("fd77::2", 7000, user: nil) == "fd77::1 hello")
        func metrics() async throws -> [Substring] {
            try await TransparentPair.metrics(in: caller).split(separator: "\n")
        }
        func count(_ route: String, _ flag: String) async throws -> Double {
            try await metrics().filter {
                $0.hasPrefix("waybill_proxy_streams_total{") && $0.contains("route=\"\(route)\"")
                    && $0.contains("flag=\"\(flag)\"")
            }.reduce(0) { $0 + (Double($1.split(separator: " ").last ?? "") ?? 0) }
        }
        try await Patience.until("both streams have ended") { try await count("allow_any", "-") == 2 }
        // An upstream that refuses is told, not hidden.
        #expect(try await caller.line("10.77.0.2", 7001) == "closed")
        try await Patience.until("the refusal is counted") { try await count("allow_any", "UF") == 1 }

        // The rules let go of another group: what the proxy opens comes back to it, once, and is ended.
        try await caller.up("--config", path, "--proxy-gid", "9999")
        #expect(try await caller.line("10.77.0.2", 7000) == "closed")
        let loops = try await count("allow_any", "LD") + count("", "LD")
        #expect((1...20).contains(loops))
        // A request that comes back is answered, once, and not sent round for ever.
        let curl = ["-sS", "--noproxy", "*", "-m", "20", "-o", "/dev/null", "-w", "%{http_code}"]
        let looped = try await caller.run(
            try #require(Programs.tool("curl")), curl + ["http://10.77.0.2:8080/"],
            user: NetworkNamespace.serviceUser)
        #expect(looped.output == "508", "\(looped.errors)")
        #expect(try await metrics().contains("waybill_proxy_requests_refused_total{flag=\"LD\"} 1"))
        try await caller.up("--config", path)
        #expect(try await caller.line("10.77.0.2", 7000) == "10.77.0.1 hello")
        proxy.send(SIGTERM)
        #expect(try await proxy.end() == 0)
        service.send(SIGTERM)
        try await service.end()
    }
}
