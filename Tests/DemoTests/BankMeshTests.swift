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
            #expect(read.outbound?.routes.count == member.peers.count)
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
                #expect(cluster.endpoints == [inbound.inbound?.address])
                #expect(cluster.tls?.spiffeID == inbound.identity?.spiffeID)
                #expect(inbound.inbound?.accept.contains(outbound.identity?.spiffeID ?? "") == true)
                #expect(
                    outbound.outbound?.routes.contains {
                        $0.match.matches(method: "GET", host: callee.host, target: "/") { _ in nil }
                    } == true)
            }
        }
    }
}
