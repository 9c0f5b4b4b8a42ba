import Mesh
import Proxy

/// The command line of `waybill-proxy intercept`.
struct InterceptArguments {
    enum Verb: String, CaseIterable {
        case up
        case down
        case show
    }

    static let usage = """
        usage: waybill-proxy intercept up [--config FILE] --proxy-uid UID [options]
               waybill-proxy intercept down | show [--json]

        Hands the TCP connections of this network namespace to the proxy: those that the service makes (OUTPUT) and those
        that others make to it (PREROUTING), over IPv4 and IPv6. DNS and connections over loopback are left alone. `up`
        replaces what an earlier `up` left, `down` removes all of it and nothing else, `show` prints what there is. Needs
        root or CAP_NET_ADMIN, and the package iptables.

          --config FILE                   the proxy's configuration: the ports of its transparent listeners and its
                                          "interception"; an option below takes the place of what it says
          --proxy-uid UID                 the user whose connections are the proxy's own; may be repeated
          --proxy-gid GID                 the same for a group
          --outbound-port PORT            where connections of the service go, or none; by default 15001
          --inbound-port PORT             where connections to the service go, or none; by default 15006
          --include-outbound-ports LIST   only these and the blocks below; by default everything
          --include-outbound-cidrs LIST   blocks of addresses such as 10.0.0.0/8,fd00::/8
          --exclude-outbound-ports LIST   not these
          --exclude-outbound-cidrs LIST
          --include-inbound-ports LIST    only these; by default all
          --exclude-inbound-ports LIST    not these; think of 22 where people log in
          --exclude-inbound-cidrs LIST    not from these
          --no-ipv6                       IPv6 is left alone
          --backend nft|legacy            by default where rules are already, else the one that works, nft first
          --dry-run                       print the rules for iptables-restore, and stop
          --json                          print JSON
          --help                          print this

        Exit status: 0 done; 1 `show` found nothing; 2 a mistake in the command line or the configuration; 3 the kernel
        or iptables refused.

        """

    var verb = Verb.show
    var wantsHelp = false
    var configuration: String?
    var backend: IPTablesBackend?
    var isDryRun = false
    var isJSON = false
    /// What was given; `.some(nil)` for `none`.
    var outboundPort: Int??
    var inboundPort: Int??
    /// Members of `interception`, in the order given.
    private var members: [String: [JSONValue]] = [:]
    private var ipv6: Bool?

    init(_ arguments: [String]) throws(UsageError) {
        var rest = arguments[...]
        if rest.contains("--help") || rest.contains("-h") {
            wantsHelp = true
            return
        }
        guard let word = rest.popFirst(), let verb = Verb(rawValue: word) else {
            throw UsageError(description: "intercept needs one of up, down and show")
        }
        self.verb = verb
        while let argument = rest.popFirst() {
            if argument == "--json" {
                isJSON = true
            } else if verb == .up {
                try readUp(argument, &rest)
            } else {
                throw UsageError(description: "\(argument) is not an option of waybill-proxy intercept \(verb)")
            }
        }
    }

    private mutating func readUp(_ argument: String, _ rest: inout ArraySlice<String>) throws(UsageError) {
        switch argument {
        case "--config": configuration = try Arguments.value(argument, &rest)
        case "--outbound-port": outboundPort = .some(try Self.port(argument, &rest))
        case "--inbound-port": inboundPort = .some(try Self.port(argument, &rest))
        case "--proxy-uid": try add("proxyUIDs", argument, &rest, numbers: true)
        case "--proxy-gid": try add("proxyGIDs", argument, &rest, numbers: true)
        case "--include-outbound-ports": try add("includeOutboundPorts", argument, &rest, numbers: true)
        case "--include-outbound-cidrs": try add("includeOutboundCIDRs", argument, &rest, numbers: false)
        case "--exclude-outbound-ports": try add("excludeOutboundPorts", argument, &rest, numbers: true)
        case "--exclude-outbound-cidrs": try add("excludeOutboundCIDRs", argument, &rest, numbers: false)
        case "--include-inbound-ports": try add("includeInboundPorts", argument, &rest, numbers: true)
        case "--exclude-inbound-ports": try add("excludeInboundPorts", argument, &rest, numbers: true)
        case "--exclude-inbound-cidrs": try add("excludeInboundCIDRs", argument, &rest, numbers: false)
        case "--no-ipv6": ipv6 = false
        case "--backend":
            let text = try Arguments.value(argument, &rest)
            guard let backend = IPTablesBackend(rawValue: text) else {
                throw UsageError(description: "--backend needs nft or legacy, not \(text)")
            }
            self.backend = backend
        case "--dry-run": isDryRun = true
        default: throw UsageError(description: "\(argument) is not an option of waybill-proxy intercept up")
        }
    }

    private static func port(_ option: String, _ rest: inout ArraySlice<String>) throws(UsageError) -> Int? {
        if rest.first == "none" {
            rest.removeFirst()
            return nil
        }
        return try Arguments.number(option, 1...65_535, &rest)
    }

    private mutating func add(
        _ key: String, _ option: String, _ rest: inout ArraySlice<String>, numbers: Bool
    ) throws(UsageError) {
        let text = try Arguments.value(option, &rest)
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            if !numbers {
                members[key, default: []].append(.string(String(word)))
            } else if let number = Int64(word) {
                members[key, default: []].append(.integer(number))
            } else {
                throw UsageError(description: "\(option) needs numbers with commas between them, not \(text)")
            }
        }
    }

    /// What the configuration says, with the options in their places.
    func plan(_ configuration: ProxyConfiguration?) throws(ConfigurationError) -> InterceptionPlan {
        var plan =
            configuration.map(InterceptionPlan.init)
            ?? InterceptionPlan(outboundPort: 15_001, inboundPort: 15_006, interception: Interception())
        if let outboundPort { plan.outboundPort = outboundPort }
        if let inboundPort { plan.inboundPort = inboundPort }
        var given = members.mapValues(JSONValue.array)
        if let ipv6 { given["ipv6"] = .bool(ipv6) }
        plan.interception = try plan.interception.replacing(given)
        return plan
    }
}
