import Mesh
import Testing

@Suite struct InterceptionConfigurationTests {
    static let whole = """
        {
          "service": {"name": "payments"},
          "identity": {"spiffeID": "spiffe://bank.example/payments", "certificateChain": "/run/p.pem",
                       "privateKey": "/run/p.key", "roots": "/run/roots.pem"},
          "inbound": {"transparent": true, "originalPorts": [8080], "routes": [{"name": "in", "cluster": "local"}]},
          "outbound": {"transparent": true, "originalPorts": [80, 8080],
                       "routes": [{"name": "ledger", "cluster": "ledger"}]},
          "listeners": [
            {"name": "postgres", "direction": "outbound", "transparent": true, "protocol": "tcp",
             "address": "0.0.0.0:5432", "routes": [{"name": "postgres", "cluster": "ledger"}]},
            {"name": "archive", "direction": "outbound", "transparent": true, "protocol": "tcp",
             "address": "[fd00::5]:5432", "routes": [{"name": "archive", "cluster": "ledger"}]},
            {"name": "reports", "direction": "inbound", "transparent": true, "address": "0.0.0.0:9090",
             "routes": [{"name": "reports", "cluster": "local"}]}],
          "interception": {
            "outboundTrafficPolicy": "ALLOW_ANY", "proxyUIDs": [1337], "proxyGIDs": [1338],
            "includeOutboundPorts": [8080], "includeOutboundCIDRs": ["10.0.0.0/8"],
            "excludeOutboundPorts": [25], "excludeOutboundCIDRs": ["10.96.0.0/12", "fd96::/16"],
            "includeInboundPorts": [8080, 9090], "excludeInboundPorts": [22],
            "excludeInboundCIDRs": ["192.0.2.7"], "ipv6": false},
          "clusters": [{"name": "ledger", "endpoints": ["10.0.0.2:8080"]},
                       {"name": "local", "endpoints": ["10.0.0.1:8080"], "sourceAddress": "127.0.0.6"}]
        }
        """

    @Test func everyFieldIsRead() throws {
        let configuration = try ProxyConfiguration(json: Array(Self.whole.utf8))
        #expect(configuration.inbound?.address == HostPort(host: "0.0.0.0", port: 15_006))
        #expect(configuration.outbound?.address == HostPort(host: "127.0.0.1", port: 15_001))
        #expect(configuration.outbound?.originalPorts == [80, 8080])
        #expect(
            configuration.allListeners.map(\.listener.capture) == [
                .entry, .entry, .originalDestination, .originalDestination, .originalDestination,
            ])
        let interception = try #require(configuration.interception)
        #expect(interception.outboundTrafficPolicy == .allowAny && !interception.ipv6)
        #expect(interception.proxyUIDs == [1337] && interception.proxyGIDs == [1338])
        #expect(interception.excludeOutboundCIDRs.map(\.description) == ["10.96.0.0/12", "fd96::/16"])
        #expect(interception.excludeInboundCIDRs.map(\.description) == ["192.0.2.7/32"])
        #expect(configuration.cluster(named: "local")?.sourceAddress == IPAddress("127.0.0.6"))
        let plan = InterceptionPlan(configuration)
        #expect(plan.outboundPort == 15_001 && plan.inboundPort == 15_006 && plan.fault == nil)
        let text = configuration.json.text
        #expect(try ProxyConfiguration(json: Array(text.utf8)) == configuration, "\(text)")
    }

    @Test func withoutTransparentListenersNothingIsIntercepted() throws {
        let text = """
            {"service": {"name": "a"}, "outbound": {"routes": [{"name": "r", "cluster": "c"}]},
             "clusters": [{"name": "c", "endpoints": ["127.0.0.1:1"]}]}
            """
        let configuration = try ProxyConfiguration(json: Array(text.utf8))
        #expect(configuration.interception == nil && configuration.outbound?.transparent == false)
        #expect(InterceptionPlan(configuration).fault?.hasPrefix("there is nothing to intercept") == true)
        #expect(Interception().outboundTrafficPolicy == .registryOnly)
    }

    @Test func optionsTakeThePlaceOfWhatTheDocumentSays() throws {
        var interception = Interception()
        interception.proxyUIDs = [1]
        interception.excludeOutboundPorts = [25]
        let changed = try interception.replacing(["proxyUIDs": .array([.integer(2), .integer(3)])])
        #expect(changed.proxyUIDs == [2, 3] && changed.excludeOutboundPorts == [25])
        let error = #expect(throws: ConfigurationError.self) {
            try interception.replacing(["excludeOutboundCIDRs": .array([.string("10.0.0.1/8")])])
        }
        #expect(
            error?.description
                == "interception.excludeOutboundCIDRs[0]: \"10.0.0.1/8\" names an address within a block; "
                + "the block is 10.0.0.0/8")
    }

    @Test(arguments: [
        (
            #""transparent": true, "originalPorts": [8080]"#, #""originalPorts": [8080]"#,
            #"inbound.originalPorts: needs "transparent": true"#
        ),
        (
            #""originalPorts": [80, 8080]"#, #""originalPorts": [80, 80]"#,
            "outbound.originalPorts[1]: 80 stands in the list already"
        ),
        (
            #""originalPorts": [80, 8080]"#, #""originalPorts": [0]"#,
            "outbound.originalPorts[0]: 0 is out of range; 1 to 65535 are possible"
        ),
        (
            #""originalPorts": [80, 8080]"#, #""originalPorts": [5432]"#,
            "listeners[0].address: 5432 is one of outbound.originalPorts already"
        ),
        (
            #""inbound": {"transparent": true"#, #""inbound": {"address": "127.0.0.1:15006", "transparent": true"#,
            "inbound.address: intercepted connections arrive at the address of the interface that they came by: a "
                + "transparent inbound listener needs 0.0.0.0 or [::]"
        ),
        (
            #""outbound": {"transparent": true"#, #""outbound": {"address": "[::]:15001", "transparent": true"#,
            "outbound.address: intercepted connections of the service arrive on loopback: a transparent outbound "
                + "listener needs 127.0.0.1 or [::1]"
        ),
        (
            #""outbound": {"transparent": true"#, #""outbound": {"address": "localhost:15001", "transparent": true"#,
            "outbound.address: a transparent listener needs an IP address, not localhost"
        ),
        (
            #""outbound": {"transparent": true, "originalPorts": [80, 8080]"#, #""outbound": {"transparent": false"#,
            #"listeners[0].transparent: needs outbound with "transparent": true"#
        ),
        (
            "0.0.0.0:5432", "0.0.0.0:0",
            "listeners[0].address: is the original destination of connections, which has a port from 1 to 65535"
        ),
        ("0.0.0.0:5432", "[fd00::5]:5432", "listeners[0].address: [fd00::5]:5432 is another listener's already"),
        ("0.0.0.0:5432", "db:5432", "listeners[0].address: a transparent listener needs an IP address, not db"),
        (
            #""ALLOW_ANY""#, #""allow_any""#,
            #"interception.outboundTrafficPolicy: "allow_any" is not one of "REGISTRY_ONLY", "ALLOW_ANY""#
        ),
        ("[1337]", "[-1]", "interception.proxyUIDs[0]: -1 is out of range; 0 to 4294967294 are possible"),
        ("[1337]", #"["root"]"#, "interception.proxyUIDs[0]: expected an integer, found a string"),
        (
            "192.0.2.7", "192.0.2.7/40",
            #"interception.excludeInboundCIDRs[0]: "192.0.2.7/40" needs a prefix length from 0 to 32 after the slash"#
        ),
        (
            "192.0.2.7", "host",
            #"interception.excludeInboundCIDRs[0]: "host" is not an IP address or block such as 10.0.0.0/8 or fd00::/8"#
        ),
        (#""127.0.0.6""#, #""lo""#, #"clusters[1].sourceAddress: "lo" is not an IP address"#),
        (
            #""127.0.0.6""#, #""::6""#,
            "clusters[1].sourceAddress: ::6 cannot reach 10.0.0.1:8080: it is not of its family"
        ),
    ]) func aMistakeIsBlamedOnItsPlace(piece: String, replacement: String, sentence: String) throws {
        let range = try #require(Self.whole.firstRange(of: piece))
        let text = Self.whole[..<range.lowerBound] + replacement + Self.whole[range.upperBound...]
        let error = #expect(throws: ConfigurationError.self) { try ProxyConfiguration(json: Array(text.utf8)) }
        #expect(error?.description == sentence)
    }

    @Test func aRunningProxyCannotBecomeTransparent() throws {
        let running = try ProxyConfiguration(json: Array(Self.whole.utf8))
        var next = running
        next.listeners[0].capture = .explicit
        let error = #expect(throws: ConfigurationError.self) { try next.checkReload(from: running) }
        #expect(error?.path == "listeners[0].transparent")
        next = running
        next.interception?.outboundTrafficPolicy = .registryOnly
        next.outbound?.originalPorts = [80]
        #expect(throws: Never.self) { try next.checkReload(from: running) }
    }
}
