import Foundation
import Mesh
import NIOCore
import Synchronization
import Transport

/// The running bank: a collector, ten services, a proxy in front of each, and Prometheus where it is installed.
final class DemoBank: Sendable {
    struct Addresses: Sendable {
        var collectorHTTP = ""
        var gateway = ""
        /// By service: the admin listener of its proxy.
        var admin: [(member: BankMember, address: String)] = []
        var prometheus: String?
    }

    private let directory: String
    /// In the order in which they were started.
    private let children = Mutex<[ChildProcess]>([])

    init(directory: String) { self.directory = directory }

    func start() async throws -> Addresses {
        let waybill = try Programs.waybill()
        let proxy = try Programs.proxy()
        for name in ["certificates", "configuration", "logs", "spool"] {
            try FileManager.default.createDirectory(
                atPath: "\(directory)/\(name)", withIntermediateDirectories: true)
        }
        var addresses = Addresses()
        let authority = try BankAuthority(directory: "\(directory)/certificates")

        let collector = try await startCollector(waybill, try authority.issue("collector"))
        addresses.collectorHTTP = try Self.address("http", of: collector, "collector")
        let wire = try Self.address("wire", of: collector, "collector")
        guard let wireAddress = HostPort(wire) else { throw DemoError("the collector's wire address is \(wire)") }

        let mesh = try BankMesh(collector: wireAddress, runDirectory: directory)
        addresses.gateway = mesh.inbound(.gateway).description
        let services = try await startServices(waybill, mesh)
        addresses.admin = try await startProxies(proxy, mesh, services, authority)
        if let prometheus = Programs.onPath("prometheus") {
            addresses.prometheus = try await startPrometheus(prometheus, addresses)
        }
        return addresses
    }

    /// The first child that has ended although nobody told it to.
    func failure() -> DemoError? {
        children.withLock { $0 }.first { !$0.isRunning }?.failure("ended too early")
    }

    /// Ends everything, the senders before the collector, so that what they hold still reaches it.
    func stop() async {
        let children = children.withLock { $0 }
        for name in ["proxy", "service", "prometheus", "collector"] {
            let some = children.filter { $0.name.hasPrefix(name) }
            for child in some { child.terminate() }
            for child in some { await child.waitForEnd(seconds: 15) }
        }
    }

    private func start(_ name: String, _ program: String, _ arguments: [String]) throws(DemoError) -> ChildProcess {
        let log = "\(directory)/logs/\(name.replacing(" ", with: "-")).log"
        let child = try ChildProcess(name, program: program, arguments: arguments, logPath: log)
        children.withLock { $0.append(child) }
        return child
    }

    private static func address(
        _ listener: String, of addresses: [String: String], _ name: String
    ) throws(DemoError) -> String {
        guard let address = addresses[listener] else {
            throw DemoError("\(name) did not say where its \(listener) listener is")
        }
        return address
    }

    private func startCollector(_ waybill: String, _ files: TLSFiles) async throws -> [String: String] {
        let free = "127.0.0.1:0"
        let child = try start(
            "collector", waybill,
            [
                "collector", "--data", "\(directory)/collector", "--wire-listen", free, "--otlp-grpc-listen", free,
                "--otlp-http-listen", free,
                "--http-listen", free, "--tls-certificate", files.certificateChain, "--tls-key", files.privateKey,
                "--tls-roots", files.roots, "--trust-domain", BankAuthority.trustDomain,
            ])
        return try await child.waitUntilReady()
    }

    private func startServices(_ waybill: String, _ mesh: BankMesh) async throws -> [BankMember: HostPort] {
        let started = try BankMember.allCases.map { member in
            (
                member,
                try start(
                    "service \(member.rawValue)", waybill,
                    ["bank-service", "--name", member.rawValue, "--outbound", mesh.outbound(member).description])
            )
        }
        var services: [BankMember: HostPort] = [:]
        for (member, child) in started {
            let text = try Self.address("http", of: try await child.waitUntilReady(), child.name)
            guard let address = HostPort(text) else { throw DemoError("\(child.name) listens on \(text)") }
            services[member] = address
        }
        return services
    }

    private func startProxies(
        _ proxy: String, _ mesh: BankMesh, _ services: [BankMember: HostPort], _ authority: BankAuthority
    ) async throws -> [(member: BankMember, address: String)] {
        var started: [(BankMember, ChildProcess)] = []
        for member in BankMember.allCases {
            guard let service = services[member] else { preconditionFailure("every service was started") }
            let files = try authority.issue(member.rawValue)
            let path = "\(directory)/configuration/\(member.rawValue).json"
            let text = mesh.configuration(member, service: service, files: files).json.text
            try text.write(toFile: path, atomically: false, encoding: .utf8)
            started.append(
                (
                    member,
                    try start(
                        "proxy \(member.rawValue)", proxy,
                        ["--config", path, "--workers", "1", "--drain-seconds", "3"])
                ))
        }
        var admin: [(member: BankMember, address: String)] = []
        for (member, child) in started {
            admin.append((member, try Self.address("admin", of: try await child.waitUntilReady(), child.name)))
        }
        return admin
    }

    private func startPrometheus(_ program: String, _ addresses: Addresses) async throws -> String {
        var free = FreePorts()
        let address = "127.0.0.1:\(try free.next())"
        let path = "\(directory)/configuration/prometheus.yml"
        let targets = addresses.admin.map { "\"\($0.address)\"" }.joined(separator: ", ")
        let text = """
            global:
              scrape_interval: 2s
            scrape_configs:
              - job_name: waybill-collector
                static_configs:
                  - targets: ["\(addresses.collectorHTTP)"]
              - job_name: waybill-proxy
                static_configs:
                  - targets: [\(targets)]

            """
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        _ = try start(
            "prometheus", program,
            [
                "--config.file=\(path)", "--storage.tsdb.path=\(directory)/prometheus",
                "--web.listen-address=\(address)",
            ])
        return address
    }
}
