import Foundation
import Testing

/// `waybill-proxy intercept` with a real kernel, each test in a network namespace of its own.
@Suite(.serialized, .enabled(if: NetworkNamespace.areAvailable), .timeLimit(.minutes(2)))
struct InterceptCommandTests {
    /// Every rule and chain, without counters and times.
    private static func saved(_ namespace: NetworkNamespace, _ backend: String) async throws
        -> [String]
    {
        var lines: [String] = []
        for program in ["iptables-\(backend)-save", "ip6tables-\(backend)-save"] {
            for line in try await namespace.tool(program).split(separator: "\n")
            where !line.hasPrefix("#") {
                lines.append(program + " " + line.prefix { $0 != "[" })
            }
        }
        return lines
    }

    @Test(arguments: ["nft", "legacy"]) func removalIsExact(backend: String) async throws {
        let namespace = try await NetworkNamespace()
        try await namespace.tool(
            "iptables-\(backend)", "-t", "nat", "-A", "OUTPUT", "-d", "192.0.2.1", "-j", "ACCEPT")
        try await namespace.tool("ip6tables-\(backend)", "-t", "nat", "-N", "THEIRS")
        let before = try await Self.saved(namespace, backend)

        // The backend that has rules is taken without being named.
        let up = try await namespace.intercept(
            "up", "--proxy-uid", "1337", "--exclude-inbound-ports", "22", "--exclude-outbound-cidrs",
            "10.96.0.0/12,fd96::/16")
        #expect(up.status == 0, "\(up.errors)")
        #expect(
            up.output == """
                interception is up (iptables-\(backend): IPv4, IPv6)
                  outbound → 15001, not 10.96.0.0/12, fd96::/16, not from uid 1337
                  inbound → 15006, not port 22

                """)
        let once = try await Self.saved(namespace, backend)
        #expect(once.count == before.count + 34)
        #expect(once.contains("ip6tables-\(backend)-save -A WAYBILL_OUTPUT -d fd96::/16 -j RETURN"))
        #expect(
            try await namespace.intercept("show").output.contains("-A PREROUTING -p tcp -m addrtype"))

        // Up again with other wishes leaves nothing of the first.
        try await namespace.up("--proxy-gid", "7", "--inbound-port", "none", "--no-ipv6")
        let twice = try await Self.saved(namespace, backend)
        #expect(
            !twice.contains {
                $0.contains("1337") || $0.contains("INBOUND") || $0.hasPrefix("ip6") && $0.contains("WAY")
            })
        #expect(twice.contains { $0.contains("--gid-owner 7") })
        try await namespace.up(
            "--proxy-uid", "1337", "--exclude-inbound-ports", "22", "--exclude-outbound-cidrs",
            "10.96.0.0/12,fd96::/16"
        )
        #expect(try await Self.saved(namespace, backend).sorted() == once.sorted())

        let down = try await namespace.intercept("down")
        #expect(
            down.status == 0 && down.output == "interception is down (iptables-\(backend): IPv4, IPv6)\n")
        #expect(try await Self.saved(namespace, backend) == before)
        let again = try await namespace.intercept("down")
        #expect(again.status == 0 && again.output == "interception was not up\n")
        let show = try await namespace.intercept("show", "--json")
        #expect(show.status == 1 && show.output == "{\n  \"interception\": []\n}\n")
    }

    @Test func whenIPv6IsRefusedIPv4IsTakenBack() async throws {
        let namespace = try await NetworkNamespace()
        let directory = try TemporaryDirectory()
        let stub = directory.file("ip6tables-nft-restore")
        try "#!/bin/sh\necho 'no such table' >&2\nexit 3\n".write(
            toFile: stub, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: stub)
        let path = (stub as NSString).deletingLastPathComponent + ":/usr/sbin:/usr/bin:/sbin:/bin"
        let up = try await namespace.run(
            Programs.proxy, ["intercept", "up", "--proxy-uid", "1337", "--backend", "nft"],
            environment: ["PATH": path])
        #expect(up.status == 3)
        #expect(
            up.errors
                == "waybill-proxy: ip6tables-nft-restore failed (3): no such table; the rules for IPv4 are as "
                + "they were before\n")
        #expect(try await namespace.intercept("show").status == 1)
    }

    @Test func theConfigurationSaysWhatOptionsDoNot() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("proxy.json")
        let text = """
            {"service": {"name": "a"}, "outbound": {"transparent": true, "address": "127.0.0.1:16001"},
             "interception": {"proxyUIDs": [42], "excludeOutboundPorts": [5432]}}
            """
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let dry = try await ChildProcess.run(
            Programs.proxy,
            ["intercept", "up", "--config", path, "--exclude-outbound-ports", "25,26", "--dry-run"])
        #expect(dry.status == 0, "\(dry.errors)")
        #expect(dry.output.contains("--to-ports 16001\n") && dry.output.contains("--uid-owner 42 "))
        #expect(
            dry.output.contains("--dport 26 ") && !dry.output.contains("5432")
                && !dry.output.contains("INBOUND"))
        let json = try await ChildProcess.run(
            Programs.proxy, ["intercept", "up", "--config", path, "--dry-run", "--json", "--no-ipv6"])
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: [[String: Any]]])
        #expect(
            object["interception"]?.count == 1
                && object["interception"]?[0]["family"] as? String == "ipv4")
    }

    @Test(arguments: [
        (["intercept"], 2, "intercept needs one of up, down and show"),
        (["intercept", "on"], 2, "intercept needs one of up, down and show"),
        (
            ["intercept", "down", "--proxy-uid", "1"], 2,
            "--proxy-uid is not an option of waybill-proxy intercept down"
        ),
        (
            ["intercept", "up", "--proxy-uid", "root"], 2,
            "--proxy-uid needs numbers with commas between them, not root"
        ),
        (["intercept", "up", "--backend", "pf"], 2, "--backend needs nft or legacy, not pf"),
        (
            ["intercept", "up", "--inbound-port", "0"], 2,
            "--inbound-port needs a number from 1 to 65535, not 0"
        ),
        (
            ["intercept", "up", "--proxy-uid", "1", "--exclude-outbound-cidrs", "10.0.0.1/8"], 2,
            "interception.excludeOutboundCIDRs[0]: \"10.0.0.1/8\" names an address within a block; the block is 10.0.0.0/8"
        ),
        (["intercept", "up"], 2, "whose connections are the proxy's own is not said"),
        (
            ["intercept", "up", "--config", "/nowhere.json"], 2,
            "cannot open /nowhere.json: No such file or directory"
        ),
    ]) func mistakesAreOneSentence(words: [String], status: Int32, sentence: String) async throws {
        let outcome = try await ChildProcess.run(Programs.proxy, words)
        #expect(outcome.status == status)
        #expect(outcome.errors.hasPrefix("waybill-proxy: \(sentence)"), "\(outcome.errors)")
    }

    @Test func withoutTheCapabilityNothingIsTried() async throws {
        let namespace = try await NetworkNamespace()
        let outcome = try await namespace.run(
            try #require(Programs.tool("setpriv")),
            [
                "--bounding-set", "-all", "--inh-caps", "-all", Programs.proxy, "intercept", "up",
                "--proxy-uid", "1",
            ])
        #expect(outcome.status == 3)
        #expect(
            outcome.errors
                == "waybill-proxy: interception changes the rules of this network namespace: run this as "
                + "root or with CAP_NET_ADMIN\n")
    }
}
