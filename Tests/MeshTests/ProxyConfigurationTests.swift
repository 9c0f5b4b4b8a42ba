import Mesh
import Testing

@Suite struct ProxyConfigurationTests {
    static let whole = """
        {
          "service": {"name": "ledger", "namespace": "core", "version": "2.1", "instance": "ledger-0",
                      "attributes": {"deployment.environment.name": "test"}},
          "identity": {"spiffeID": "spiffe://bank.example/ns/core/sa/ledger", "trustDomain": "bank.example",
                       "certificateChain": "/run/ledger.pem", "privateKey": "/run/ledger.key", "roots": "/run/roots.pem",
                       "revocationLists": "/run/revoked.pem"},
          "inbound": {
            "address": "0.0.0.0:15006", "security": "mutual-tls",
            "accept": ["spiffe://bank.example/ns/core/sa/payments"],
            "limits": {"maximumConnections": 50, "headerTimeoutMilliseconds": 500},
            "authorization": {"revision": "2026-11-23.4", "default": "deny", "enforced": true, "rules": [
              {"name": "post", "action": "allow", "principals": ["spiffe://bank.example/ns/core/*"],
               "notPrincipals": ["spiffe://bank.example/ns/core/sa/batch"], "methods": ["POST"],
               "paths": ["/payments/*"], "headers": [{"name": "x-tier", "value": "high"}], "ports": [15006]}]},
            "trustForwardedFrom": ["spiffe://bank.example/ns/edge/*"], "xffNumTrustedHops": 1,
            "forwardClientCertDetails": "append-forward",
            "routes": [{"name": "in", "cluster": "local", "payment": true, "whenSpoolFull": "refuse",
                        "timeoutMilliseconds": 2000, "maximumBodyLookBytes": 1024,
                        "transactionSources": [
                          {"attribute": "payment.transaction_id", "header": "X-Payment-ID"},
                          {"attribute": "payment.transaction_id", "pathSegment": 1},
                          {"attribute": "payment.transaction_id", "query": "payment"},
                          {"attribute": "payment.transaction_id", "jsonPointer": "/payment/id"},
                          {"attribute": "payment.uetr", "xmlElement": "CdtTrfTxInf/PmtId/UETR"},
                          {"attribute": "payment.uetr",
                           "grpc": {"field": "2.1.3", "method": "/bank.Ledger/Post", "type": "uuid"}},
                          {"attribute": "payment.id", "grpc": {"field": "1"}}]}]
          },
          "outbound": {
            "address": "127.0.0.1:0",
            "routes": [{"name": "fx",
                        "match": {"host": "FX.bank", "pathPrefix": "/rates", "methods": ["GET"],
                                  "headers": [{"name": "X-Tier", "value": "gold"}, {"name": "x-any"}]},
                        "cluster": "fx", "timeoutMilliseconds": 900, "perTryTimeoutMilliseconds": 300,
                        "retries": {"maximumAttempts": 3, "conditions": ["connect-failure", "503"],
                                    "idempotencyHeader": "Idempotency-Key", "backoffMilliseconds": 5,
                                    "maximumBackoffMilliseconds": 50, "maximumBodyBytes": 4096}}]
          },
          "admin": "127.0.0.1:0",
          "clusters": [
            {"name": "local", "endpoints": ["127.0.0.1:8080"]},
            {"name": "fx", "endpoints": ["[::1]:15006", "fx.bank:15006"],
             "tls": {"spiffeID": "spiffe://bank.example/ns/core/sa/fx"}, "maximumConnections": 9,
             "maximumPendingRequests": 3, "connectTimeoutMilliseconds": 250, "idleTimeoutMilliseconds": 4000}],
          "telemetry": {"collectors": ["127.0.0.1:4316"], "tls": {}, "spoolDirectory": "/var/spool/waybill",
                        "spoolLimitBytes": 2097152, "queueLimitBytes": 1048576, "compression": false,
                        "batchMilliseconds": 100, "batchSpans": 64, "metricsMilliseconds": 1000},
          "accessLog": {"path": "/var/log/waybill/access.json", "queueLimitBytes": 100000},
          "privacy": {"maskCardNumbers": true, "maskSecrets": false}
        }
        """

    @Test func everyFieldIsRead() throws {
        let configuration = try ProxyConfiguration(json: Array(Self.whole.utf8))
        #expect(configuration.service.name == "ledger")
        #expect(configuration.service.attributes == [.init("deployment.environment.name", "test")])
        #expect(configuration.identity?.trustDomain == "bank.example")
        #expect(configuration.admin == HostPort(host: "127.0.0.1", port: 0))

        let inbound = try #require(configuration.inbound)
        #expect(inbound.address == HostPort(host: "0.0.0.0", port: 15006))
        #expect(inbound.security == .mutualTLS)
        #expect(inbound.limits.maximumConnections == 50)
        #expect(inbound.limits.headerTimeoutMilliseconds == 500)
        #expect(inbound.limits.maximumHeaderCount == RequestLimits().maximumHeaderCount)
        let route = inbound.routes[0]
        #expect(route.payment && route.whenSpoolFull == .refuse)
        #expect(
            route.transactionSources.map(\.location) == [
                .header("x-payment-id"), .pathSegment(1), .query("payment"),
                .json(try #require(JSONPointer("/payment/id"))),
                .xml(try #require(XMLElementPath("CdtTrfTxInf/PmtId/UETR"))),
                .message(
                    GRPCMessageField(
                        try #require(ProtobufFieldPath("2.1.3")), type: .uuid, method: "/bank.Ledger/Post")),
                .message(GRPCMessageField(try #require(ProtobufFieldPath("1")))),
            ])

        let outbound = try #require(configuration.outbound)
        #expect(outbound.security == .plain)
        #expect(outbound.routes[0].match.host == .exact("fx.bank"))
        #expect(outbound.routes[0].match.headers == [.init(name: "x-tier", value: "gold"), .init(name: "x-any")])
        let retries = try #require(outbound.routes[0].retries)
        #expect(retries.conditions == [.connectFailure, .status503])
        #expect(retries.idempotencyHeader == "idempotency-key")
        #expect(configuration.cluster(named: "fx")?.endpoints[0].address == HostPort(host: "::1", port: 15006))
        #expect(configuration.telemetry?.compression == false)
        #expect(
            configuration.spiffeIDs.map(\.path) == [
                "identity.spiffeID", "inbound.accept[0]", "clusters[1].tls.spiffeID",
            ])
    }

    @Test func whatIsWrittenReadsBackEqual() throws {
        let configuration = try ProxyConfiguration(json: Array(Self.whole.utf8))
        let text = configuration.json.text
        #expect(try ProxyConfiguration(json: Array(text.utf8)) == configuration, "\(text)")
    }

    @Test func aSpoolGivenFromOutsideTakesPartInTheCheck() throws {
        let refusing = Self.whole.replacing(#""spoolDirectory": "/var/spool/waybill","#, with: "")
        #expect(throws: ConfigurationError.self) { try ProxyConfiguration(json: Array(refusing.utf8)) }
        let configuration = try ProxyConfiguration(json: Array(refusing.utf8), spoolDirectory: "/spool")
        #expect(configuration.telemetry?.spoolDirectory == "/spool")
        let homeless = #"{"service": {"name": "x"}, "clusters": []}"#
        #expect(throws: ConfigurationError.self) {
            try ProxyConfiguration(json: Array(homeless.utf8), spoolDirectory: "/spool")
        }
    }

    @Test func theSmallestDocumentGetsTheDefaults() throws {
        let text = """
            {"service": {"name": "a"}, "outbound": {"routes": [{"name": "r", "cluster": "c"}]},
             "clusters": [{"name": "c", "endpoints": ["127.0.0.1:1"]}]}
            """
        let configuration = try ProxyConfiguration(json: Array(text.utf8))
        #expect(configuration.outbound?.address == HostPort(host: "127.0.0.1", port: 15001))
        #expect(configuration.admin == HostPort(host: "127.0.0.1", port: 15000))
        #expect(configuration.outbound?.routes[0].maximumBodyLookBytes == 65_536)
        #expect(configuration.telemetry == nil)
    }

    /// Each replaces one piece of the whole document and names the place that must be blamed.
    @Test(arguments: [
        ("\"name\": \"ledger\", ", "", "service.name: missing"),
        ("\"admin\": \"127.0.0.1:0\"", "\"admin\": 7", "admin: expected a string, found an integer"),
        ("127.0.0.1:0", "127.0.0.1", "outbound.address: \"127.0.0.1\" is not host:port with a port from 0 to 65535"),
        (
            "127.0.0.1:8080", "127.0.0.1:0",
            "clusters[0].endpoints[0]: \"127.0.0.1:0\" is not host:port with a port from 1 to 65535"
        ),
        (
            "\"timeoutMilliseconds\": 900", "\"timeoutMilliseconds\": 0",
            "outbound.routes[0].timeoutMilliseconds: 0 is out of range; 1 to 3600000 are possible"
        ),
        (
            "\"timeoutMilliseconds\": 900", "\"timeoutMilliseconds\": \"900\"",
            "outbound.routes[0].timeoutMilliseconds: expected an integer, found a string"
        ),
        (
            "\"timeoutMilliseconds\": 900", "\"timeoutMilliseconds\": 200",
            "outbound.routes[0].perTryTimeoutMilliseconds: 300 is out of range; 1 to 200 are possible"
        ),
        (
            "\"maximumPendingRequests\": 3", "\"protocol\": \"http3\"",
            "clusters[1].protocol: \"http3\" is not one of \"auto\", \"http1\", \"http2\""
        ),
        (
            "\"maximumPendingRequests\": 3", "\"maximumConcurrentStreams\": 0",
            "clusters[1].maximumConcurrentStreams: 0 is out of range; 1 to 10000 are possible"
        ),
        ("\"cluster\": \"fx\"", "\"cluster\": \"fy\"", "outbound.routes[0].cluster: no cluster is named \"fy\""),
        ("\"name\": \"local\"", "\"name\": \"fx\"", "clusters[1].name: \"fx\" names two clusters"),
        (
            "\"503\"", "\"500\"",
            "outbound.routes[0].retries.conditions[1]: \"500\" is not one of \"connect-failure\", \"reset-before-response\", \"refused-stream\", \"502\", \"503\", \"504\", "
                + "\"grpc-cancelled\", \"grpc-deadline-exceeded\", \"grpc-internal\", \"grpc-resource-exhausted\", "
                + "\"grpc-unavailable\""
        ),
        (
            "\"Idempotency-Key\"", "\"Idempotency Key\"",
            "outbound.routes[0].retries.idempotencyHeader: \"Idempotency Key\" is not the name of a header field"
        ),
        (
            "\"jsonPointer\": \"/payment/id\"", "\"jsonPointer\": \"payment\"",
            "inbound.routes[0].transactionSources[3].jsonPointer: \"payment\" is not a JSON pointer (RFC 6901) of at most 16 parts"
        ),
        (
            "\"xmlElement\": \"CdtTrfTxInf", "\"xmlElement\": \"pacs:CdtTrfTxInf",
            "inbound.routes[0].transactionSources[4].xmlElement: \"pacs:CdtTrfTxInf/PmtId/UETR\" is not a path of at most 16 element names without prefixes"
        ),
        (
            "\"query\": \"payment\"", "\"query\": \"payment\", \"header\": \"a\"",
            "inbound.routes[0].transactionSources[2].query: header is set already"
        ),
        (
            "\"query\": \"payment\"", "\"quary\": \"payment\"",
            "inbound.routes[0].transactionSources[2]: needs one of header, pathSegment, query, jsonPointer, xmlElement, grpc"
        ),
        (
            "\"field\": \"2.1.3\"", "\"field\": \"2.0.3\"",
            "inbound.routes[0].transactionSources[5].grpc.field: \"2.0.3\" is not 1 to 16 field numbers with dots between them, such as \"2.1.3\""
        ),
        ("\"field\": \"2.1.3\", ", "", "inbound.routes[0].transactionSources[5].grpc.field: missing"),
        (
            "/bank.Ledger/Post", "bank.Ledger.Post",
            "inbound.routes[0].transactionSources[5].grpc.method: \"bank.Ledger.Post\" is not of the form /package.Service/Method"
        ),
        (
            "\"type\": \"uuid\"", "\"type\": \"float\"",
            "inbound.routes[0].transactionSources[5].grpc.type: \"float\" is not one of \"string\", \"bytes\", \"uuid\", \"uint64\", \"int64\", \"sint64\""
        ),
        (
            "\"grpc\": {\"field\": \"1\"}", "\"grpc\": {\"field\": \"1\", \"path\": \"2\"}",
            "inbound.routes[0].transactionSources[6].grpc.path: unknown key; known here are field, type, method"
        ),
        (
            "\"batchSpans\"", "\"batchSpan\"",
            "telemetry.batchSpan: unknown key; known here are collectors, tls, queueLimitBytes, spoolDirectory, spoolLimitBytes, compression, batchMilliseconds, batchSpans, metricsMilliseconds"
        ),
        (
            "\"spoolDirectory\": \"/var/spool/waybill\",", "",
            "inbound.routes[0].whenSpoolFull: \"refuse\" needs telemetry.spoolDirectory, which is not set"
        ),
        (
            "\"payment\": true", "\"payment\": false",
            "inbound.routes[0].whenSpoolFull: \"refuse\" is for routes with \"payment\": true"
        ),
        (
            "\"trustDomain\": \"bank.example\"", "\"trustDomain\": \"bank.test\"",
            "identity.trustDomain: \"bank.test\" is not the trust domain of spiffe://bank.example/ns/core/sa/ledger"
        ),
        (
            "spiffe://bank.example/ns/core/sa/fx", "https://bank.example/fx",
            "clusters[1].tls.spiffeID: \"https://bank.example/fx\" does not start with spiffe://<trust domain>"
        ),
        (
            "\"pathPrefix\": \"/rates\"", "\"pathPrefix\": \"rates\"",
            "outbound.routes[0].match.pathPrefix: \"rates\" does not start with /"
        ),
        (
            "\"pathPrefix\": \"/rates\"", "\"pathTemplate\": \"/rates/{pair\"",
            "outbound.routes[0].match.pathTemplate: \"/rates/{pair\" is not a path of at most 64 segments, each a literal "
                + "or a {name}"
        ),
        (
            "\"pathPrefix\": \"/rates\"", "\"pathPrefix\": \"/rates\", \"pathTemplate\": \"/rates/{pair}\"",
            "outbound.routes[0].match.pathTemplate: pathPrefix is set already"
        ),
        (
            "\"security\": \"mutual-tls\"", "\"security\": \"plain\"",
            "inbound.accept: needs \"security\": \"mutual-tls\""
        ),
        (
            "\"collectors\": [\"127.0.0.1:4316\"]", "\"collectors\": []",
            "telemetry.collectors: needs one or two host:port"
        ),
        (
            "[\"127.0.0.1:4316\"]", "[\"a:1\", \"b:1\", \"c:1\"]",
            "telemetry.collectors: has 3 elements; at most 2 are possible"
        ),
        (
            "\"xffNumTrustedHops\": 1", "\"xffNumTrustedHops\": 17",
            "inbound.xffNumTrustedHops: 17 is out of range; 0 to 16 are possible"
        ),
        (
            "\"trustForwardedFrom\": [\"spiffe://bank.example/ns/edge/*\"],", "",
            "inbound.xffNumTrustedHops: needs trustForwardedFrom: callers whose hops are trusted"
        ),
        (
            "\"append-forward\"", "\"always-forward-only\"",
            "inbound.forwardClientCertDetails: \"always-forward-only\" is not one of \"sanitize\", \"forward-only\", "
                + "\"append-forward\", \"sanitize-set\""
        ),
        (
            "\"value\": \"gold\"", "\"value\": \"go\\u0000ld\"",
            "outbound.routes[0].match.headers[0].value: must not contain control characters"
        ),
    ]) func aMistakeIsBlamedOnItsPlace(piece: String, replacement: String, sentence: String) throws {
        let range = try #require(Self.whole.firstRange(of: piece))
        let text = Self.whole.replacingCharacters(in: range, with: replacement)
        #expect {
            try ProxyConfiguration(json: Array(text.utf8))
        } throws: { error in
            "\(error)" == sentence
        }
    }

    @Test func textThatIsNotJSONIsBlamedOnItsLine() {
        let text = "{\n  \"service\": {\"name\": \"a\",}\n}"
        let error = #expect(throws: ConfigurationError.self) { try ProxyConfiguration(json: Array(text.utf8)) }
        #expect(error?.description == "not JSON: line 2, column 27: a key in double quotes is expected here")
    }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<String.Index>, with text: String) -> String {
        self[..<range.lowerBound] + text + self[range.upperBound...]
    }
}
