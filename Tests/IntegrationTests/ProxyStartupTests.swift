import Foundation
import Mesh
import Testing

/// `waybill-proxy` as a process: who may start before whom, and with which exit status it ends.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ProxyStartupTests {
    private func configuration(_ directory: TemporaryDirectory) throws -> String {
        let loopback = HostPort(host: "127.0.0.1", port: 0)
        var configuration = ProxyConfiguration(
            service: ServiceDescription(name: "ledger"),
            identity: MeshIdentity(
                spiffeID: "spiffe://bank.example/ledger", certificateChain: directory.file("ledger.pem"),
                privateKey: directory.file("ledger.key"), roots: directory.file("roots.pem")),
            clusters: [Cluster(name: "local", endpoints: [HostPort(host: "127.0.0.1", port: 1)])])
        configuration.admin = loopback
        configuration.inbound = Listener(
            address: loopback, security: .mutualTLS, routes: [Route(name: "all", cluster: "local")])
        let path = directory.file("proxy.json")
        try configuration.json.text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    /// The address after `words` in the output, once it is there.
    private func address(_ words: String, _ process: ChildProcess) async throws -> String {
        try await Patience.until("\"\(words)\" is told") { process.output.contains(words) || !process.isRunning }
        let line = try #require(
            process.output.split(separator: "\n").first { $0.hasPrefix(words) }, "\(process.errors)")
        return String(line.dropFirst(words.count + 1))
    }

    private func wait(_ arguments: [String]) async throws -> (status: Int32, output: String, errors: String) {
        try await ChildProcess.run(Programs.proxy, ["wait"] + arguments)
    }

    @Test func theProxyWaitsForItsCertificatesAndTheServiceForTheProxy() async throws {
        let directory = try TemporaryDirectory()
        let path = try configuration(directory)
        let proxy = try ChildProcess(Programs.proxy, ["--config", path, "--startup-timeout", "60"])
        let waiting = try await address("waiting admin", proxy)
        let early = try await wait(["--admin", waiting, "--timeout", "0"])
        #expect(early.status == 1)
        #expect(early.errors.contains("is not ready after 0 s: waiting: cannot read \(directory.file("ledger.pem"))"))
        #expect(proxy.errors.contains("not ready: cannot read \(directory.file("ledger.pem"))"))
        let certificates = try await TestCertificates(directory)
        _ = try await certificates.issue("ledger", spiffe: "spiffe://bank.example/ledger")
        let admin = try await address("listening admin", proxy)
        #expect(try await wait(["--admin", admin, "--timeout", "30"]).status == 0)
        proxy.send(SIGTERM)
        #expect(try await proxy.end() == 0, "\(proxy.errors)")
        let late = try await wait(["--admin", admin, "--timeout", "0"])
        #expect(late.status == 3)
        #expect(late.errors.contains("no proxy answers at \(admin) within 0 s: "))
    }

    @Test func certificatesThatNeverComeEndIt() async throws {
        let directory = try TemporaryDirectory()
        let path = try configuration(directory)
        let late = try await ChildProcess.run(Programs.proxy, ["--config", path, "--startup-timeout", "1"])
        #expect(late.status == 3)
        #expect(
            late.errors.contains("cannot read \(directory.file("ledger.pem")): No such file or directory, after 1 s"))
        // Who does not want to wait is told at once, and so is who asks.
        for arguments in [["--startup-timeout", "0"], ["--check"]] {
            let now = try await ChildProcess.run(Programs.proxy, ["--config", path] + arguments)
            #expect(now.status == 2 && now.errors.contains("cannot read \(directory.file("ledger.pem"))"))
        }
    }

    @Test func aSignalEndsTheWait() async throws {
        let directory = try TemporaryDirectory()
        let proxy = try ChildProcess(Programs.proxy, ["--config", try configuration(directory)])
        _ = try await address("waiting admin", proxy)
        proxy.send(SIGHUP)
        proxy.send(SIGTERM)
        #expect(try await proxy.end(within: 10) == 0)
    }

    @Test(arguments: [
        ["--admin"], ["--admin", "localhost"], ["--admin", "127.0.0.1:0"], ["--timeout", "-1"], ["--config", "x"],
    ])
    func mistakesOnTheCommandLine(_ arguments: [String]) async throws {
        let result = try await wait(arguments)
        #expect(result.status == 2)
        #expect(result.errors.hasSuffix("; see waybill-proxy --help\n"))
    }

    @Test func theShorterDrainFitsIntoTheLonger() async throws {
        let result = try await ChildProcess.run(
            Programs.proxy, ["--config", "x", "--min-drain-seconds", "31", "--drain-seconds", "30"])
        #expect(result.status == 2)
        #expect(result.errors.contains("--min-drain-seconds 31 is more than --drain-seconds 30"))
    }
}
