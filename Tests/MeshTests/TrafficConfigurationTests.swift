import Mesh
import Telemetry
import Testing

/// Load balancing, health, breakers and everything that a route does with its requests besides passing them on.
@Suite struct TrafficConfigurationTests {
    static let whole = """
        {"service": {"name": "payments"},
         "outbound": {"routes": [
           {"name": "pay", "split": [{"cluster": "ledger", "weight": 95, "subset": {"version": "v1"}},
                                     {"cluster": "ledger", "weight": 5, "subset": {"version": "v2"}}],
            "idleTimeoutMilliseconds": 5000,
            "upgrades": {"protocols": ["WebSocket", "proto/1.0"], "connect": "terminate", "maximumTunnels": 7,
                         "idleTimeoutMilliseconds": 1000, "halfClosedTimeoutMilliseconds": 500,
                         "maximumDurationMilliseconds": 3600000},
            "deadline": {"grpc": true, "header": "X-Deadline-Ms"},
            "mirror": {"cluster": "shadow", "percent": 0.5, "maximumBodyBytes": 1024},
            "requestHeaders": {"remove": ["X-Internal"], "set": [{"name": "X-Zone", "value": "a"}],
                               "add": [{"name": "x-seen", "value": "proxy"}]},
            "responseHeaders": {"remove": ["server"]},
            "rateLimits": [{"requests": 100, "perMilliseconds": 1000, "burst": 20},
                           {"requests": 10, "scope": "principal"}],
            "faults": [{"name": "slow", "expires": "2026-12-31T18:00:00Z", "percent": 2.5, "delayMilliseconds": 50,
                        "responseBytesPerSecond": 4096, "principal": "spiffe://bank.example/x",
                        "maximumSharePercent": 1},
                       {"name": "gone", "expires": "2026-12-31T18:00:00Z", "header": {"name": "x-test"},
                        "abortStatus": 503},
                       {"name": "cut", "expires": "2026-12-31T18:00:00Z", "reset": true}]},
           {"name": "rest", "cluster": "shadow"}]},
         "clusters": [
           {"name": "ledger",
            "endpoints": [{"address": "10.0.0.1:15006", "weight": 3, "locality": "eu-1", "labels": {"version": "v1"}},
                          {"address": "10.0.0.2:15006", "labels": {"version": "v2", "track": "canary"}}],
            "maximumRequests": 500, "maximumRetries": 7, "retryBudget": {"percent": 10, "minimumConcurrency": 1},
            "loadBalancing": {"policy": "maglev", "hashHeader": "X-Account", "slowStartMilliseconds": 30000,
                              "locality": "eu-1", "panicPercent": 0},
            "healthCheck": {"kind": "http", "path": "/healthz", "host": "ledger.bank", "lowestStatus": 200,
                            "highestStatus": 204, "intervalMilliseconds": 500, "timeoutMilliseconds": 200,
                            "unhealthyThreshold": 3, "healthyThreshold": 2},
            "outlierDetection": {"consecutive5xx": 3, "maximumEjectionPercent": 50, "successRateMinimumHosts": 0},
            "failureRateBreaker": {"failurePercent": 40, "probes": 2},
            "loadShedding": {"targetMilliseconds": 50, "paymentReservePercent": 20}},
           {"name": "shadow", "endpoints": ["10.0.0.9:80"], "protocol": "http2",
            "healthCheck": {"kind": "grpc", "service": "bank.Ledger", "host": "ledger.bank"}}]}
        """

    @Test func everyFieldIsRead() throws {
        let configuration = try ProxyConfiguration(json: Array(Self.whole.utf8))
        let ledger = try #require(configuration.cluster(named: "ledger"))
        #expect(ledger.endpoints[0].weight == 3 && ledger.endpoints[0].locality == "eu-1")
        #expect(ledger.endpoints[1].labels.contain(EndpointLabels(["track": "canary"])))
        #expect(ledger.maximumRequests == 500 && ledger.maximumRetries == 7)
        #expect(ledger.retryBudget == RetryBudget(percent: Percentage(10), minimumConcurrency: 1))
        #expect(
            ledger.loadBalancing
                == LoadBalancing(
                    .maglev, hashHeader: "x-account", slowStartMilliseconds: 30_000, locality: "eu-1",
                    panicPercent: .none))
        #expect(ledger.healthCheck?.expectedStatuses == 200...204)
        let shadow = try #require(configuration.cluster(named: "shadow"))
        #expect(shadow.healthCheck == HealthCheck(.grpc, host: "ledger.bank", service: "bank.Ledger"))
        #expect(ledger.outlierDetection?.consecutive5xx == 3)
        #expect(ledger.failureRateBreaker?.failurePercent == Percentage(40))
        #expect(ledger.loadShedding?.paymentReservePercent == Percentage(20))

        let route = try #require(configuration.outbound?.routes[0])
        #expect(route.cluster.isEmpty && route.clusters.map(\.weight) == [95, 5])
        #expect(route.deadline == DeadlinePropagation(header: "x-deadline-ms"))
        #expect(route.mirror?.percent.partsPerMillion == 5_000)
        var upgrades = UpgradePolicy(["websocket", "proto/1.0"], connect: .terminate)
        upgrades.maximumTunnels = 7
        upgrades.idleTimeoutMilliseconds = 1_000
        upgrades.halfClosedTimeoutMilliseconds = 500
        upgrades.maximumDurationMilliseconds = 3_600_000
        #expect(route.upgrades == upgrades)
        #expect(route.requestHeaders.remove == ["x-internal"])
        #expect(route.requestHeaders.set == [.init("x-zone", "a")])
        #expect(route.rateLimits.map(\.scope) == [.route, .principal])
        #expect(route.rateLimits.map(\.burst) == [20, 10])
        #expect(route.faults[0].percent.partsPerMillion == 25_000)
        #expect(route.faults[0].expires == Timestamp("2026-12-31T18:00:00Z"))
        #expect(route.faults.map(\.breaks) == [nil, .abort(status: 503), .reset])
    }

    @Test func whatIsWrittenReadsBackEqual() throws {
        let configuration = try ProxyConfiguration(json: Array(Self.whole.utf8))
        let text = configuration.json.text
        #expect(try ProxyConfiguration(json: Array(text.utf8)) == configuration, "\(text)")
    }

    @Test(arguments: [
        (
            "\"weight\": 3", "\"weight\": 0",
            "clusters[0].endpoints[0].weight: 0 is out of range; 1 to 1000 are possible"
        ),
        (
            "\"version\": \"v1\"}},", "\"version\": \"v3\"}},",
            "outbound.routes[0].split[0].subset: no endpoint of ledger has these labels"
        ),
        (
            "\"weight\": 95", "\"weight\": 95, \"share\": 1",
            "outbound.routes[0].split[0].share: unknown key; known here are cluster, weight, subset"
        ),
        ("\"split\": [{", "\"cluster\": \"shadow\", \"split\": [{", "outbound.routes[0].split: cluster is set already"),
        (
            "\"cluster\": \"shadow\"}]}", "\"cluster\": \"shadow\", \"subset\": {\"a\": \"b\"}}]}",
            "outbound.routes[1].subset: no endpoint of shadow has these labels"
        ),
        ("\"rest\", \"cluster\": \"shadow\"", "\"rest\"", "outbound.routes[1].cluster: missing"),
        (
            "\"mirror\": {\"cluster\": \"shadow\"", "\"mirror\": {\"cluster\": \"shade\"",
            "outbound.routes[0].mirror.cluster: no cluster is named \"shade\""
        ),
        (
            "\"percent\": 0.5", "\"percent\": 100.5",
            "outbound.routes[0].mirror.percent: 100.5 is out of range; 0 to 100 percent are possible"
        ),
        (
            "\"percent\": 0.5", "\"percent\": 0.00005",
            "outbound.routes[0].mirror.percent: 5e-05 has more than four decimal places"
        ),
        (
            "\"percent\": 0.5", "\"percent\": \"1\"",
            "outbound.routes[0].mirror.percent: expected a number, found a string"
        ),
        (
            "\"X-Internal\"", "\"Content-Length\"",
            "outbound.routes[0].requestHeaders.remove[0]: \"content-length\" is written by the proxy itself"
        ),
        (
            "\"value\": \"proxy\"", "\"value\": \"proxy \"",
            "outbound.routes[0].requestHeaders.add[0].value: must be ASCII without spaces at its ends"
        ),
        ("{\"requests\": 100,", "{", "outbound.routes[0].rateLimits[0].requests: missing"),
        (
            "proto/1.0", "pro to",
            "outbound.routes[0].upgrades.protocols[1]: \"pro to\" is not the name of a protocol"
        ),
        (
            "proto/1.0", "H2C",
            "outbound.routes[0].upgrades.protocols[1]: \"h2c\" is no tunnel: HTTP/2 is spoken without being asked for "
                + "by Upgrade"
        ),
        (
            "\"terminate\"", "\"open\"",
            "outbound.routes[0].upgrades.connect: \"open\" is not one of \"refuse\", \"forward\", \"terminate\""
        ),
        (
            "\"maximumDurationMilliseconds\": 3600000", "\"maximumDurationMilliseconds\": 9",
            "outbound.routes[0].upgrades.maximumDurationMilliseconds: 9 is out of range; 10 to 2592000000 are possible"
        ),
        (
            "\"maximumTunnels\": 7", "\"maximumTunnels\": 0",
            "outbound.routes[0].upgrades.maximumTunnels: 0 is out of range; 1 to 1000000 are possible"
        ),
        (
            "\"cluster\": \"shadow\"}]}", "\"cluster\": \"shadow\", \"upgrades\": {}}]}",
            "outbound.routes[1].upgrades: allows nothing: name protocols, or set connect"
        ),
        (
            "\"scope\": \"principal\"", "\"scope\": \"caller\"",
            "outbound.routes[0].rateLimits[1].scope: \"caller\" is not one of \"route\", \"principal\""
        ),
        (
            "\"X-Deadline-Ms\"", "\"grpc-timeout\"",
            "outbound.routes[0].deadline.header: \"grpc-timeout\" has a meaning of its own"
        ),
        (
            "2026-12-31T18:00:00Z\", \"percent\"", "tomorrow\", \"percent\"",
            "outbound.routes[0].faults[0].expires: \"tomorrow\" is not a time like 2026-12-31T18:00:00Z"
        ),
        (
            "\"expires\": \"2026-12-31T18:00:00Z\", \"header\"", "\"header\"",
            "outbound.routes[0].faults[1].expires: missing"
        ),
        (
            "\"abortStatus\": 503", "\"abortStatus\": 200",
            "outbound.routes[0].faults[1].abortStatus: 200 is out of range; 400 to 599 are possible"
        ),
        (
            "\"abortStatus\": 503", "\"abortStatus\": 503, \"reset\": true",
            "outbound.routes[0].faults[1].reset: abortStatus is set already"
        ),
        (
            ", \"reset\": true", "",
            "outbound.routes[0].faults[2]: needs at least one of delayMilliseconds, responseBytesPerSecond, abortStatus, reset"
        ),
        (
            "\"name\": \"cut\"", "\"name\": \"slow\"",
            "outbound.routes[0].faults[2].name: \"slow\" names two faults of this route"
        ),
        ("\"hashHeader\": \"X-Account\",", "", "clusters[0].loadBalancing.hashHeader: missing: \"maglev\" needs it"),
        (
            "\"policy\": \"maglev\"", "\"policy\": \"least-request\"",
            "clusters[0].loadBalancing.hashHeader: is for \"ring-hash\" and \"maglev\""
        ),
        ("\"kind\": \"http\"", "\"kind\": \"tcp\"", "clusters[0].healthCheck.path: is for \"kind\": \"http\""),
        (
            "\"kind\": \"grpc\"", "\"kind\": \"tcp\"",
            "clusters[1].healthCheck.host: is for \"kind\": \"http\" or \"grpc\""
        ),
        (
            "\"path\": \"/healthz\"", "\"service\": \"x\"",
            "clusters[0].healthCheck.service: is for \"kind\": \"grpc\""
        ),
        (
            "\"protocol\": \"http2\"", "\"protocol\": \"http1\"",
            "clusters[1].healthCheck.kind: \"grpc\" needs HTTP/2, and the cluster's protocol is http1"
        ),
        (
            "\"kind\": \"http\", \"path\": \"/healthz\"", "\"path\": \"/healthz\"",
            "clusters[0].healthCheck.kind: missing"
        ),
        (
            "/healthz", "/health z",
            "clusters[0].healthCheck.path: \"/health z\" is not a path as it stands in a request"
        ),
        (
            "\"highestStatus\": 204", "\"highestStatus\": 199",
            "clusters[0].healthCheck.highestStatus: 199 is out of range; 200 to 599 are possible"
        ),
        (
            "\"consecutive5xx\": 3", "\"consecutive5xx\": -1",
            "clusters[0].outlierDetection.consecutive5xx: -1 is out of range; 0 to 10000 are possible"
        ),
        (
            "\"failurePercent\": 40", "\"failurePercent\": 0",
            "clusters[0].failureRateBreaker.failurePercent: 0 would never let a request pass"
        ),
        ("\"targetMilliseconds\": 50, ", "", "clusters[0].loadShedding.targetMilliseconds: missing"),
        (
            "\"minimumConcurrency\": 1", "\"minimumConcurrency\": -1",
            "clusters[0].retryBudget.minimumConcurrency: -1 is out of range; 0 to 65536 are possible"
        ),
    ]) func aMistakeIsBlamedOnItsPlace(piece: String, replacement: String, sentence: String) throws {
        let range = try #require(Self.whole.firstRange(of: piece))
        let text = Self.whole[..<range.lowerBound] + replacement + Self.whole[range.upperBound...]
        #expect {
            try ProxyConfiguration(json: Array(text.utf8))
        } throws: { error in
            "\(error)" == sentence
        }
    }

    @Test func aPercentageTakesItsShare() {
        #expect(!Percentage.none.takes(0) && Percentage.all.takes(.max))
        #expect(Percentage(25).takes(.max / 4 - 1_000) && !Percentage(25).takes(.max / 4 + .max / 1_000))
        #expect(Percentage(20).part(of: 14) == 2)
    }
}
