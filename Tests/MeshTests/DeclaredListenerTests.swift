import Mesh
import Testing

@Suite struct DeclaredListenerTests {
    static let whole = """
        {
          "service": {"name": "switch"},
          "identity": {"spiffeID": "spiffe://bank.example/switch", "certificateChain": "/run/s.pem",
                       "privateKey": "/run/s.key", "roots": "/run/roots.pem"},
          "listeners": [
            {"name": "reports", "direction": "inbound", "address": "127.0.0.1:0",
             "accept": ["spiffe://bank.example/reporting"], "routes": [{"name": "all", "cluster": "db"}]},
            {"name": "db", "direction": "outbound", "protocol": "tcp", "address": "127.0.0.1:5432",
             "limits": {"maximumConnections": 20, "idleTimeoutMilliseconds": 60000,
                        "helloTimeoutMilliseconds": 1000, "halfClosedTimeoutMilliseconds": 2000,
                        "drainTimeoutMilliseconds": 3000, "drainIdleMilliseconds": 250},
             "routes": [{"name": "db", "cluster": "db", "subset": {"zone": "a"}, "hashBy": "principal",
                         "connectAttempts": 2}]},
            {"name": "partners", "direction": "outbound", "protocol": "tls-passthrough", "address": "127.0.0.1:8443",
             "authorization": {"revision": "p1", "enforced": false, "rules": [
               {"name": "no-admin", "action": "deny", "serverNames": ["Admin.card.example"], "ports": [8443]}]},
             "routes": [{"name": "swift", "serverNames": ["api.SWIFT.example", "*.card.example"], "cluster": "db",
                         "hashBy": "server-name"},
                        {"name": "rest", "cluster": "db", "hashBy": "source-address"}]},
            {"name": "cards", "direction": "inbound", "protocol": "iso8583", "address": "127.0.0.1:8583",
             "security": "permissive", "permissiveUntil": "2027-01-01T00:00:00Z",
             "authorization": {"revision": "c1"},
             "iso8583": {"framing": {"lengthBytes": 4, "encoding": "ascii", "includesItself": true, "headerBytes": 12,
                                     "trailerBytes": 1, "maximumMessageBytes": 4096},
                         "encoding": "bcd", "bitmap": "hexadecimal",
                         "fields": [{"field": 48, "lengthDigits": 3, "length": 255, "content": "binary"}],
                         "transactionSources": [{"attribute": "card.rrn", "fields": [37]},
                                                {"attribute": "card.stan", "fields": [7, 11, 32]}],
                         "responseTimeoutMilliseconds": 9000, "maximumPendingRequests": 100},
             "routes": [{"name": "cards", "cluster": "db", "hashBy": "principal", "payment": true}]}],
          "clusters": [{"name": "db", "endpoints": [{"address": "10.0.0.1:5432", "labels": {"zone": "a"}}],
             "loadBalancing": {"policy": "maglev", "hashHeader": "x-account"}}]
        }
        """

    @Test func everyFieldIsRead() throws {
        let configuration = try ProxyConfiguration(json: Array(Self.whole.utf8))
        #expect(configuration.allListeners.map(\.path) == (0..<4).map { "listeners[\($0)]" })
        #expect(configuration.listeners.map(\.security) == [.mutualTLS, .plain, .plain, .permissive])
        guard
            case .http(let reports) = configuration.listeners[0].traffic,
            case .stream(let database) = configuration.listeners[1].traffic,
            case .stream(let partners) = configuration.listeners[2].traffic,
            case .stream(let cards) = configuration.listeners[3].traffic,
            case .iso8583(let settings) = cards.protocol
        else {
            Issue.record("a listener has another kind of traffic than its protocol says")
            return
        }
        #expect(reports.routes.map(\.name) == ["all"])
        #expect(database.protocol == .tcp && database.limits.idleTimeoutMilliseconds == 60_000)
        #expect(database.limits.maximumConnections == 20 && database.limits.helloTimeoutMilliseconds == 1_000)
        #expect(database.limits.drainTimeoutMilliseconds == 3_000 && database.limits.drainIdleMilliseconds == 250)
        #expect(partners.routes[0].serverNames == ["api.swift.example", "*.card.example"])
        #expect(database.routes[0].hashBy == .principal && database.routes[0].connectAttempts == 2)
        #expect(database.routes[0].subset == EndpointLabels(["zone": "a"]))
        #expect(partners.authorization?.rules[0].serverNames == ["admin.card.example"])
        #expect(partners.authorization?.rules[0].ports == [8_443] && partners.authorization?.enforced == false)
        #expect(cards.authorization?.revision == "c1" && cards.permissiveUntil == Instant("2027-01-01T00:00:00Z"))
        #expect(settings.framing.trailerBytes == 1)
        #expect(settings.framing.headerBytes == 12 && settings.framing.includesItself)
        #expect(settings.fields[48] == ISO8583FieldLayout(lengthDigits: 3, length: 255, content: .binary))
        #expect(settings.transactionSources.map(\.fields) == [[37], [7, 11, 32]])
        #expect(configuration.spiffeIDs.map(\.path) == ["identity.spiffeID", "listeners[0].accept[0]"])
    }

    @Test func whatIsWrittenReadsBackEqual() throws {
        let configuration = try ProxyConfiguration(json: Array(Self.whole.utf8))
        let text = configuration.json.text
        #expect(try ProxyConfiguration(json: Array(text.utf8)) == configuration, "\(text)")
    }

    @Test(
        arguments: [
            ("a.card.example", true), ("b.a.card.example", true), ("card.example", false), (".card.example", false),
            ("api.swift.example", true), ("x.api.swift.example", false), ("acard.example", false), (nil, false),
        ] as [(String?, Bool)])
    func serverNamesAreMatchedByLabels(name: String?, takes: Bool) {
        let route = StreamRoute(name: "r", cluster: "c", serverNames: ["api.swift.example", "*.card.example"])
        #expect(route.matches(serverName: name) == takes)
        #expect(StreamRoute(name: "r", cluster: "c").matches(serverName: name))
    }

    @Test(arguments: [
        (
            #""name": "reports""#, #""name": "inbound""#,
            #"listeners[0].name: "inbound" is the name of a listener that is configured elsewhere"#
        ),
        (#""name": "reports""#, #""name": "db""#, #"listeners[1].name: "db" names two listeners"#),
        (
            #""direction": "inbound", "address": "127.0.0.1:0""#, #""direction": "up", "address": "127.0.0.1:0""#,
            #"listeners[0].direction: "up" is not one of "inbound", "outbound""#
        ),
        (
            #""address": "127.0.0.1:5432","#, "",
            "listeners[1].address: missing: only inbound and outbound have one by default"
        ),
        ("127.0.0.1:8443", "127.0.0.1:5432", "listeners[2].address: 127.0.0.1:5432 is another listener's already"),
        (
            #""protocol": "tcp""#, #""protocol": "udp""#,
            #"listeners[1].protocol: "udp" is not one of "tcp", "tls-passthrough", "iso8583""#
        ),
        (
            #""protocol": "tls-passthrough""#, #""protocol": "tls-passthrough", "security": "mutual-tls""#,
            #"listeners[2].security: a "tls-passthrough" listener ends no TLS itself: only "plain" is possible"#
        ),
        (
            #""protocol": "tcp""#, #""protocol": "tcp", "security": "permissive""#,
            #"listeners[1].permissiveUntil: missing: "permissive" has an end"#
        ),
        (
            #""protocol": "tcp""#, #""protocol": "tcp", "permissiveUntil": "2027-01-01T00:00:00Z""#,
            #"listeners[1].permissiveUntil: is for "security": "permissive""#
        ),
        (
            #""protocol": "tcp""#, #""protocol": "tcp", "accept": ["spiffe://bank.example/x"]"#,
            #"listeners[1].accept: needs "security": "mutual-tls""#
        ),
        (
            #""ports": [8443]"#, #""ports": [0]"#,
            "listeners[2].authorization.rules[0].ports[0]: expected a port from 1 to 65535"
        ),
        (
            #""ports": [8443]"#, #""methods": ["GET"]"#,
            "listeners[2].authorization.rules[0].methods: unknown key; known here are name, action, principals, notPrincipals, serverNames, ports"
        ),
        (
            #""revision": "c1""#,
            #""revision": "c1", "rules": [{"name": "x", "action": "deny", "serverNames": ["a"]}]"#,
            "listeners[3].authorization.rules[0].serverNames: unknown key; known here are name, action, principals, notPrincipals, ports"
        ),
        (
            #""hashBy": "principal""#, #""hashBy": "server-name""#,
            #"listeners[1].routes[0].hashBy: "server-name" is for "protocol": "tls-passthrough""#
        ),
        (
            #""hashBy": "source-address""#, #""payment": false"#,
            #"listeners[2].routes[1].hashBy: missing: "maglev" of db needs it"#
        ),
        (
            #""policy": "maglev", "hashHeader": "x-account""#, #""policy": "random""#,
            #"listeners[1].routes[0].hashBy: is for clusters with "ring-hash" or "maglev", which db has not"#
        ),
        (
            #", "hashHeader": "x-account""#, "",
            #"clusters[0].loadBalancing.hashHeader: missing: "maglev" needs it"#
        ),
        (
            #""connectAttempts": 2"#, #""connectAttempts": 0"#,
            "listeners[1].routes[0].connectAttempts: 0 is out of range; 1 to 16 are possible"
        ),
        (
            #""drainIdleMilliseconds": 250"#, #""drainIdleMilliseconds": 9"#,
            "listeners[1].limits.drainIdleMilliseconds: 9 is out of range; 10 to 86400000 are possible"
        ),
        (
            #""cluster": "db", "subset": {"zone": "a"}"#,
            #""cluster": "db", "split": [{"cluster": "db", "weight": 1}]"#,
            "listeners[1].routes[0].split: cluster is set already"
        ),
        (
            #""cluster": "db", "subset": {"zone": "a"}"#, #""split": [{"cluster": "db", "weight": 0}]"#,
            "listeners[1].routes[0].split: has no weight"
        ),
        (
            #""cluster": "db", "subset": {"zone": "a"}"#,
            #""split": [{"cluster": "db", "weight": 1}, {"cluster": "nowhere", "weight": 1}]"#,
            #"listeners[1].routes[0].split[1].cluster: no cluster is named "nowhere""#
        ),
        (
            #""cluster": "db", "subset": {"zone": "a"}"#,
            #""split": [{"cluster": "db", "weight": 1, "subset": {"zone": "b"}}]"#,
            "listeners[1].routes[0].split[0].subset: no endpoint of db has these labels"
        ),
        (
            #""subset": {"zone": "a"}"#, #""subset": {"zone": "b"}"#,
            "listeners[1].routes[0].subset: no endpoint of db has these labels"
        ),
        (
            #""trailerBytes": 1"#, #""trailerBytes": 300"#,
            "listeners[3].iso8583.framing.trailerBytes: 300 is out of range; 0 to 256 are possible"
        ),
        (
            #"[{"name": "cards", "cluster": "db", "hashBy": "principal", "payment": true}]"#, "[]",
            "listeners[3].routes: needs at least one route"
        ),
        (
            #"{"name": "db", "cluster": "db", "#, #"{"name": "db", "cluster": "nowhere", "#,
            #"listeners[1].routes[0].cluster: no cluster is named "nowhere""#
        ),
        (
            #"{"name": "db", "cluster": "db", "#, #"{"name": "db", "cluster": "db", "serverNames": ["a"], "#,
            "listeners[1].routes[0].serverNames: unknown key; known here are name, cluster, subset, split, hashBy, connectAttempts, payment, whenSpoolFull"
        ),
        (
            #""*.card.example""#, #""*.*.example""#,
            #"listeners[2].routes[0].serverNames[1]: "*.*.example" is not a host name, nor one after "*.""#
        ),
        (
            #""idleTimeoutMilliseconds": 60000"#, #""idleTimeoutMilliseconds": 1"#,
            "listeners[1].limits.idleTimeoutMilliseconds: 1 is out of range; 10 to 86400000 are possible"
        ),
        (
            #""fields": [37]"#, #""fields": [2]"#,
            "listeners[3].iso8583.transactionSources[0].fields[0]: field 2 holds card data or a secret, which is never recorded"
        ),
        (
            #""fields": [37]"#, #""fields": []"#,
            "listeners[3].iso8583.transactionSources[0].fields: needs at least one field"
        ),
        (
            #""lengthBytes": 4"#, #""lengthBytes": 9"#,
            "listeners[3].iso8583.framing.lengthBytes: 9 is out of range; 2 to 6 are possible"
        ),
        (#""field": 48"#, #""field": 65"#, "listeners[3].iso8583.fields[0].field: 65 is the third bitmap"),
        (
            #""payment": true"#, #""payment": true, "whenSpoolFull": "refuse""#,
            #"listeners[3].routes[0].whenSpoolFull: "refuse" needs telemetry.spoolDirectory, which is not set"#
        ),
    ]) func aMistakeIsBlamedOnItsPlace(piece: String, replacement: String, sentence: String) throws {
        let range = try #require(Self.whole.firstRange(of: piece))
        let text = Self.whole[..<range.lowerBound] + replacement + Self.whole[range.upperBound...]
        let error = #expect(throws: ConfigurationError.self) { try ProxyConfiguration(json: Array(text.utf8)) }
        #expect(error?.description == sentence)
    }
}
