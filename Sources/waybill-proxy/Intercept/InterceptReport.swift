import Mesh
import Proxy

/// What `waybill-proxy intercept` prints.
enum InterceptReport {
    // MARK: For people

    static func up(_ plan: InterceptionPlan, _ found: [InterceptionSetup.Found]) -> String {
        var text = "interception is up (\(places(found)))\n"
        let settings = plan.interception
        if let port = plan.outboundPort {
            let owners = settings.proxyUIDs.map { "uid \($0)" } + settings.proxyGIDs.map { "gid \($0)" }
            text += "  outbound → \(port)"
            text += clause("only", settings.includeOutboundPorts, settings.includeOutboundCIDRs)
            text += clause("not", settings.excludeOutboundPorts, settings.excludeOutboundCIDRs)
            text += ", not from \(owners.joined(separator: ", "))\n"
        }
        if let port = plan.inboundPort {
            text += "  inbound → \(port)"
            text += clause("only", settings.includeInboundPorts, [])
            text += clause("not", settings.excludeInboundPorts, settings.excludeInboundCIDRs) + "\n"
        }
        return text
    }

    private static func clause(_ word: String, _ ports: [Int], _ blocks: [CIDR]) -> String {
        let what = ports.map { "port \($0)" } + blocks.map(\.description)
        return what.isEmpty ? "" : ", \(word) \(what.joined(separator: ", "))"
    }

    /// `iptables-nft: IPv4, IPv6`.
    static func places(_ found: [InterceptionSetup.Found]) -> String {
        IPTablesBackend.allCases.compactMap { backend in
            let families = found.filter { $0.backend == backend }.map(\.family.text)
            return families.isEmpty ? nil : "iptables-\(backend): \(families.joined(separator: ", "))"
        }.joined(separator: "; ")
    }

    static func text(_ found: [InterceptionSetup.Found]) -> String {
        found.map { entry in
            "iptables-\(entry.backend) \(entry.family.text)\n"
                + entry.rules.lines.map { "  \($0)\n" }.joined()
        }.joined()
    }

    /// Two documents for `iptables-restore --noflush` and `ip6tables-restore --noflush`.
    static func text(_ plan: InterceptionPlan, _ families: [IPFamily]) -> String {
        families.map { "# \($0.text)\n" + NATRules().transition(to: plan.rules($0)) }.joined()
    }

    // MARK: For programs

    static func json(_ found: [InterceptionSetup.Found]) -> String {
        list(found.map { ($0.backend.rawValue, $0.family, $0.rules.lines) })
    }

    static func json(_ plan: InterceptionPlan, _ families: [IPFamily]) -> String {
        list(families.map { (nil, $0, plan.rules($0).lines) })
    }

    private static func list(_ entries: [(backend: String?, family: IPFamily, rules: [String])]) -> String {
        let values = entries.map { entry in
            var members: [JSONValue.Member] = []
            if let backend = entry.backend { members.append(JSONValue.Member("backend", .string(backend))) }
            members.append(JSONValue.Member("family", .string(entry.family.rawValue)))
            members.append(JSONValue.Member("rules", .array(entry.rules.map(JSONValue.string))))
            return JSONValue.object(members)
        }
        return JSONValue.object([JSONValue.Member("interception", .array(values))]).text
    }
}
