import CLI
import Mesh
import Telemetry
import Testing
import Transport

@Suite struct BankMeshTests {
    private let files = TLSFiles(certificateChain: "/run/a.pem", privateKey: "/run/a.key", roots: "/run/roots.pem")

    @Test func everyProxyGetsAConfigurationThatItAccepts() throws {
        let mesh = try BankMesh(collector: HostPort(host: "127.0.0.1", port: 4316), runDirectory: "/run/demo")
        var ports: Set<Int> = []
        for member in BankMember.allCases {
            let made = mesh.configuration(member, service: HostPort(host: "127.0.0.1", port: 8080), files: files)
            let read = try ProxyConfiguration(json: Array(made.json.text.utf8))
            #expect(read == made)
            for (_, id) in read.spiffeIDs { _ = try SPIFFEID(id) }
            ports.formUnion([read.inbound?.address.port, read.outbound?.address.port].compactMap { $0 })
            #expect(read.inbound?.routes.count == member.operations.count)
            #expect(read.outbound?.routes.count == member.peers.reduce(0) { $0 + $1.operations.count })
        }
        #expect(ports.count == 2 * BankMember.allCases.count)
    }

    /// A caller that the callee does not accept, or a callee that nobody can name, would show only at run time.
    @Test func callersAndCalleesAgree() throws {
        let mesh = try BankMesh(collector: HostPort(host: "127.0.0.1", port: 4316), runDirectory: "/run/demo")
        let service = HostPort(host: "127.0.0.1", port: 8080)
        for caller in BankMember.allCases {
            let outbound = mesh.configuration(caller, service: service, files: files)
            for callee in caller.peers {
                let inbound = mesh.configuration(callee, service: service, files: files)
                let cluster = try #require(outbound.cluster(named: callee.rawValue))
                #expect(cluster.endpoints.map(\.address) == [inbound.inbound?.address])
                #expect(cluster.tls?.spiffeID == inbound.identity?.spiffeID)
                #expect(inbound.inbound?.accept.contains(outbound.identity?.spiffeID ?? "") == true)
                for operation in callee.operations {
                    let target = operation.path.text.replacing("{", with: "").replacing("}", with: "") + "?x=1"
                    for (routes, name) in [
                        (outbound.outbound?.routes, "\(callee.rawValue)-\(operation.name)"),
                        (inbound.inbound?.routes, operation.name),
                    ] {
                        let taken = routes?.first {
                            $0.match.matches(method: operation.method, host: callee.host, target: target) { _ in nil }
                        }
                        #expect(taken?.name == name)
                    }
                    for (asker, path, outcome) in [
                        (outbound, target, AuthorizationDecision.Outcome.allow), (inbound, target, .deny),
                        (outbound, "/else", .deny),
                    ] {
                        let principal = asker.identity?.spiffeID ?? ""
                        let decision = inbound.inbound?.authorization?.decide(
                            principal: principal, method: operation.method, target: path, port: 1
                        ) { _ in nil }
                        #expect(decision?.outcome == outcome, "\(principal) \(operation.method) \(path)")
                    }
                }
            }
        }
    }
}
