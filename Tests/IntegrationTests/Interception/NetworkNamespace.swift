import Foundation
import Testing

/// A network namespace of its own, which ends with the value: nothing in it is seen from outside.
final class NetworkNamespace: Sendable {
    /// Whoever calls and is called; neither root nor the proxy.
    static let serviceUser = "1500"

    /// Keeps the namespace while nobody else is in it.
    private let keeper: ChildProcess

    init() async throws {
        // Should this process be killed, the namespace goes by itself some time later.
        let keeper = try ChildProcess(try Self.tool("unshare"), ["-n", try Self.tool("sleep"), "300"])
        self.keeper = keeper
        try await Patience.until("the namespace is there") {
            guard keeper.isRunning else { throw RunningCollector.Unusable(description: keeper.errors) }
            return try Self.identity(of: "\(keeper.identifier)") != Self.identity(of: "self")
        }
        try await ip("link", "set", "lo", "up")
    }

    private static func identity(of process: String) throws -> String {
        try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/ns/net")
    }

    private static func tool(_ name: String) throws -> String {
        // An interpreter in somebody's home directory is not for the service's user.
        if name == "python3", FileManager.default.isExecutableFile(atPath: "/usr/bin/python3") {
            return "/usr/bin/python3"
        }
        return try #require(Programs.tool(name), "\(name) is not installed")
    }

    /// Why these tests cannot run here; `nil` when they can.
    static let obstacle: String? = {
        if geteuid() != 0 { return "network namespaces need root" }
        for name in [
            "ip", "unshare", "nsenter", "setpriv", "curl", "python3", "iptables-nft", "iptables-legacy",
        ]
        where Programs.tool(name) == nil {
            return "\(name) is not installed (`make test-tools` installs it)"
        }
        for program in ["iptables-nft", "ip6tables-nft", "iptables-legacy", "ip6tables-legacy"] {
            guard let unshare = Programs.tool("unshare"), let path = Programs.tool(program) else {
                continue
            }
            let process = Process()
            process.executableURL = URL(fileURLWithPath: unshare)
            process.arguments = ["-n", path, "-t", "nat", "-A", "OUTPUT", "-p", "tcp", "-j", "REDIRECT"]
            process.standardError = FileHandle.nullDevice
            do { try process.run() } catch { return "unshare does not run: \(error)" }
            process.waitUntilExit()
            if process.terminationStatus != 0 {
                return "\(program) cannot redirect in a network namespace here"
            }
        }
        return nil
    }()

    static var areAvailable: Bool {
        if let obstacle { print("skipped: \(obstacle)") }
        return obstacle == nil
    }

    // MARK: Running in it

    private func words(_ program: String, _ arguments: [String], user: String?) throws -> [String] {
        var words = ["-t", "\(keeper.identifier)", "-n", "--"]
        if let user {
            words += [try Self.tool("setpriv"), "--reuid", user, "--regid", user, "--clear-groups"]
        }
        return words + [program] + arguments
    }

    func start(_ program: String, _ arguments: [String], user: String? = nil) throws -> ChildProcess {
        try ChildProcess(try Self.tool("nsenter"), try words(program, arguments, user: user))
    }

    func run(
        _ program: String, _ arguments: [String], user: String? = nil,
        environment: [String: String] = [:]
    ) async throws -> (status: Int32, output: String, errors: String) {
        try await ChildProcess.run(
            try Self.tool("nsenter"), try words(program, arguments, user: user), environment: environment)
    }

    @discardableResult
    func tool(_ name: String, _ arguments: String...) async throws -> String {
        let outcome = try await run(try Self.tool(name), arguments)
        try #require(outcome.status == 0, "\(name) \(arguments): \(outcome.errors)")
        return outcome.output
    }

    @discardableResult
    func ip(_ arguments: String...) async throws -> String {
        let outcome = try await run(try Self.tool("ip"), arguments)
        try #require(outcome.status == 0, "ip \(arguments): \(outcome.errors)")
        return outcome.output
    }

    /// A cable between two namespaces; each end is `eth0`.
    func connect(to other: NetworkNamespace, _ own: [String], _ others: [String]) async throws {
        try await ip(
            "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns",
            "\(other.keeper.identifier)")
        for (namespace, addresses) in [(self, own), (other, others)] {
            for address in addresses {
                // An IPv6 address is usable at once where nobody is asked for its double.
                let nodad = address.contains(":") ? ["nodad"] : []
                let outcome = try await namespace.run(
                    try Self.tool("ip"), ["addr", "add", address, "dev", "eth0"] + nodad)
                try #require(outcome.status == 0, "\(address): \(outcome.errors)")
            }
            try await namespace.ip("link", "set", "eth0", "up")
            try await namespace.ip("route", "add", "default", "dev", "eth0")
            try await namespace.ip("-6", "route", "add", "default", "dev", "eth0")
        }
    }

    // MARK: Who is in it

    private static func source(of script: String) throws -> String {
        // Given as text: the service's user need not be able to read the source tree.
        let path = String(#filePath.split(separator: "/Interception/")[0]) + "/Python/" + script
        return try String(contentsOfFile: path.hasPrefix("/") ? path : "/" + path, encoding: .utf8)
    }

    /// `namespace_service.py` as the service's user.
    func startService(_ places: String...) async throws -> ChildProcess {
        let service = try start(
            try Self.tool("python3"), ["-c", try Self.source(of: "namespace_service.py")] + places,
            user: Self.serviceUser)
        try await Patience.until("the service is ready") {
            guard service.isRunning else { throw RunningCollector.Unusable(description: service.errors) }
            return service.output.contains("ready")
        }
        return service
    }

    /// The answer to one line, as the service's user.
    func line(_ host: String, _ port: Int, user: String? = serviceUser) async throws -> String {
        let outcome = try await run(
            try Self.tool("python3"),
            ["-c", try Self.source(of: "namespace_line.py"), host, "\(port)", "hello"],
            user: user)
        return outcome.output.trimmingCharacters(in: .whitespacesAndNewlines) + outcome.errors
    }

    struct Answer: Decodable {
        var peer: String
        var path: String
        var traceparent: String?
    }

    /// The service's answer, as the service's user; `nil` for any other.
    func get(_ url: String, _ options: String..., user: String? = serviceUser) async throws -> Answer? {
        let outcome = try await run(
            try Self.tool("curl"),
            ["-sS", "--fail", "--noproxy", "*", "--max-time", "10"] + options + [url],
            user: user)
        guard outcome.status == 0 else { return nil }
        return try JSONDecoder().decode(Answer.self, from: Data(outcome.output.utf8))
    }

    func intercept(_ arguments: String...) async throws -> (
        status: Int32, output: String, errors: String
    ) {
        try await run(Programs.proxy, ["intercept"] + arguments)
    }

    func up(_ arguments: String...) async throws {
        let outcome = try await run(Programs.proxy, ["intercept", "up"] + arguments)
        try #require(outcome.status == 0, "\(outcome.errors)")
    }
}
