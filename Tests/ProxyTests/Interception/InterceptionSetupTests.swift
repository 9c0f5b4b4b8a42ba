import Mesh
import Proxy
import Testing

@Suite struct InterceptionSetupTests {
    private static func plan(_ change: (inout Interception) -> Void = { _ in }) -> InterceptionPlan {
        var interception = Interception()
        interception.proxyUIDs = [1337]
        change(&interception)
        return InterceptionPlan(outboundPort: 15_001, inboundPort: 15_006, interception: interception)
    }

    private static func sentence(_ body: () throws -> Void) -> String? {
        #expect(throws: InterceptionError.self) { try body() }?.description
    }

    @Test func upTwiceIsAsUpOnceAndDownLeavesNothing() throws {
        let tables = FakeIPTables()
        tables.add("nft4", "OUTPUT", "-d 127.0.0.11/32 -j DOCKER_OUTPUT")
        let setup = InterceptionSetup(tables, hasIPv6: true)
        #expect(try setup.show().isEmpty)
        let found = try setup.up(Self.plan())
        #expect(found.map(\.backend) == [.nft, .nft] && found.map(\.family) == [.ipv4, .ipv6])
        let once = (tables.lines("nft4"), tables.lines("nft6"))
        #expect(once.0.count == 12 && once.1.count == 11)
        _ = try setup.up(Self.plan())
        #expect(tables.lines("nft4") == once.0 && tables.lines("nft6") == once.1)
        #expect(try setup.show().map(\.rules.lines.count) == [11, 11])
        #expect(try setup.down().count == 2)
        #expect(tables.lines("nft4") == ["-A OUTPUT -d 127.0.0.11/32 -j DOCKER_OUTPUT"])
        #expect(tables.lines("nft6").isEmpty)
        #expect(try setup.down().isEmpty)
    }

    @Test func theBackendThatHasRulesIsTaken() throws {
        let tables = FakeIPTables()
        tables.add("legacy4", "POSTROUTING", "-j MASQUERADE")
        #expect(try InterceptionSetup(tables, hasIPv6: true).up(Self.plan()).map(\.backend) == [.legacy, .legacy])
        #expect(tables.lines("nft4").isEmpty)
    }

    @Test func rulesOfOursInTheOtherBackendGo() throws {
        let tables = FakeIPTables()
        let setup = InterceptionSetup(tables, hasIPv6: true)
        _ = try setup.up(Self.plan(), backend: .legacy)
        _ = try setup.up(Self.plan(), backend: .nft)
        #expect(tables.lines("legacy4").isEmpty && tables.lines("legacy6").isEmpty)
        #expect(try setup.show().map(\.backend) == [.nft, .nft])
    }

    @Test func whenIPv6FailsIPv4IsTakenBack() throws {
        let tables = FakeIPTables(failing: ["ip6tables-nft-restore"])
        let setup = InterceptionSetup(tables, hasIPv6: true)
        let sentence = Self.sentence { _ = try setup.up(Self.plan(), backend: .nft) }
        #expect(
            sentence == "ip6tables-nft-restore failed (4): line 3: RULE_APPEND failed; the rules for IPv4 are as they "
                + "were before")
        #expect(tables.lines("nft4").isEmpty)
        // Where no backend has rules yet, the next one is tried.
        #expect(try setup.up(Self.plan()).map(\.backend) == [.legacy, .legacy])
    }

    @Test func anOlderSetComesBackWhenANewOneFails() throws {
        let tables = FakeIPTables(failing: ["ip6tables-nft-restore"])
        let older = InterceptionSetup(tables, hasIPv6: false)
        _ = try older.up(Self.plan { $0.excludeOutboundPorts = [25] })
        let before = tables.lines("nft4")
        #expect(before.contains { $0.contains("--dport 25") })
        #expect(Self.sentence { _ = try InterceptionSetup(tables, hasIPv6: true).up(Self.plan()) } != nil)
        #expect(tables.lines("nft4") == before)
    }

    @Test func withoutIPv6NothingOfItIsTouched() throws {
        let tables = FakeIPTables(failing: ["ip6tables-nft-restore"])
        #expect(try InterceptionSetup(tables, hasIPv6: true).up(Self.plan { $0.ipv6 = false }).count == 1)
        #expect(try InterceptionSetup(tables, hasIPv6: false).up(Self.plan()).count == 1)
        #expect(!tables.restores.contains { $0.hasPrefix("ip6") })
    }

    @Test func whatIsMissingIsSaid() throws {
        #expect(
            Self.sentence { _ = try InterceptionSetup(FakeIPTables([]), hasIPv6: true).show() }
                == "iptables is not installed: install the package iptables (on RHEL and Fedora iptables-nft)")
        let half = FakeIPTables(["iptables-nft-save", "iptables-nft-restore"])
        #expect(
            Self.sentence { _ = try InterceptionSetup(half, hasIPv6: true).up(Self.plan()) }
                == "ip6tables-nft-save is not installed: it belongs to the package iptables")
        #expect(
            Self.sentence { _ = try InterceptionSetup(half, hasIPv6: false).up(Self.plan(), backend: .legacy) }
                == "iptables-legacy is not installed or does not work")
        let plain = FakeIPTables(["iptables", "iptables-save", "iptables-restore"])
        #expect(try InterceptionSetup(plain, hasIPv6: false).up(Self.plan()).map(\.backend) == [.legacy])
    }
}
