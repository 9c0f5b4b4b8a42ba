extension InterceptionPlan {
    /// The rules for one family, in the order in which the kernel must have them. They follow istio-iptables: what goes
    /// where, and what is let be, is the same.
    public func rules(_ family: IPFamily) -> NATRules {
        var rules = NATRules()
        if let inboundPort {
            rules.add(.inRedirect, "-p tcp -j REDIRECT --to-ports \(inboundPort)")
            addInbound(family, to: &rules)
            // What is forwarded to others is none of the proxy's business.
            rules.jump(from: "PREROUTING", "-p tcp -m addrtype --dst-type LOCAL", to: .inbound)
        }
        if let outboundPort {
            rules.add(.redirect, "-p tcp -j REDIRECT --to-ports \(outboundPort)")
            addOutbound(family, to: &rules)
            rules.jump(from: "OUTPUT", "-p tcp", to: .output)
        }
        return rules
    }

    private func addInbound(_ family: IPFamily, to rules: inout NATRules) {
        for block in interception.excludeInboundCIDRs where block.family == family {
            rules.add(.inbound, "-s \(block) -j RETURN")
        }
        for port in interception.excludeInboundPorts { rules.add(.inbound, "-p tcp --dport \(port) -j RETURN") }
        if interception.includeInboundPorts.isEmpty {
            rules.add(.inbound, "-p tcp -j \(NATRules.Chain.inRedirect)")
        }
        for port in interception.includeInboundPorts {
            rules.add(.inbound, "-p tcp --dport \(port) -j \(NATRules.Chain.inRedirect)")
        }
    }

    private func addOutbound(_ family: IPFamily, to rules: inout NATRules) {
        // Names are resolved as before, over TCP too.
        rules.add(.output, "-p tcp --dport 53 -j RETURN")
        for port in interception.excludeOutboundPorts where port != 53 {
            rules.add(.output, "-p tcp --dport \(port) -j RETURN")
        }
        // From the proxy to the service at an address that is not loopback: the source says that it has been inbound.
        rules.add(.output, "-s \(Self.inboundSource(family))/\(family.bits) -o lo -j RETURN")
        let owners =
            interception.proxyUIDs.map { "--uid-owner \($0)" } + interception.proxyGIDs.map { "--gid-owner \($0)" }
        if inboundPort != nil {
            // The service calls itself by its service's name: out through the proxy and in again.
            let loopback = family == .ipv4 ? "127.0.0.0/8" : "::1/128"
            for owner in owners {
                rules.add(.output, "! -d \(loopback) -o lo -p tcp -m owner \(owner) -j \(NATRules.Chain.inbound)")
            }
        }
        for owner in owners { rules.add(.output, "-m owner \(owner) -j RETURN") }
        // The service calls itself by localhost or its own address: nobody else is concerned.
        rules.add(.output, "-o lo -j RETURN")
        for block in interception.excludeOutboundCIDRs where block.family == family {
            rules.add(.output, "-d \(block) -j RETURN")
        }
        let (ports, blocks) = (interception.includeOutboundPorts, interception.includeOutboundCIDRs)
        if ports.isEmpty, blocks.isEmpty { rules.add(.output, "-p tcp -j \(NATRules.Chain.redirect)") }
        for port in ports { rules.add(.output, "-p tcp --dport \(port) -j \(NATRules.Chain.redirect)") }
        for block in blocks where block.family == family {
            rules.add(.output, "-d \(block) -p tcp -j \(NATRules.Chain.redirect)")
        }
    }

    /// The address that the proxy binds to where it reaches the service by an address off loopback
    /// (`Cluster.sourceAddress`); Istio's. IPv6 machines have it only where someone gave it to `lo`.
    public static func inboundSource(_ family: IPFamily) -> String { family == .ipv4 ? "127.0.0.6" : "::6" }
}
