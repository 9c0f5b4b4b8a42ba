import Mesh

/// One of the two ways in which `iptables` speaks to the kernel, each with rules of its own.
package enum IPTablesBackend: String, Sendable, CaseIterable {
    case nft
    case legacy
}

/// The programs of one backend, as they are installed.
struct IPTablesPrograms {
    let backend: IPTablesBackend
    private let runner: any CommandRunner
    /// Between `iptables` and `-save`: `-nft`, `-legacy`, or nothing where only one backend is installed.
    private let infix: String

    /// What is installed, the modern one first.
    static func installed(_ runner: any CommandRunner) throws(InterceptionError) -> [IPTablesPrograms] {
        var found: [IPTablesPrograms] = []
        for backend in IPTablesBackend.allCases where runner.find("iptables-\(backend)-restore") != nil {
            found.append(IPTablesPrograms(backend: backend, runner: runner, infix: "-\(backend)"))
        }
        if found.isEmpty, runner.find("iptables-restore") != nil, let iptables = runner.find("iptables") {
            let version = try runner.run(iptables, ["--version"], input: "").output
            let backend: IPTablesBackend = version.contains("nf_tables") ? .nft : .legacy
            found.append(IPTablesPrograms(backend: backend, runner: runner, infix: ""))
        }
        guard !found.isEmpty else {
            throw InterceptionError(
                "iptables is not installed: install the package iptables (on RHEL and Fedora iptables-nft)")
        }
        return found
    }

    private func program(_ family: IPFamily, _ verb: String) throws(InterceptionError) -> String {
        let name = "\(family == .ipv4 ? "iptables" : "ip6tables")\(infix)-\(verb)"
        guard let path = runner.find(name) else {
            throw InterceptionError("\(name) is not installed: it belongs to the package iptables")
        }
        return path
    }

    /// All rules of the family as `iptables-save` prints them.
    func save(_ family: IPFamily) throws(InterceptionError) -> String {
        let path = try program(family, "save")
        let outcome = try runner.run(path, [], input: "")
        guard outcome.status == 0 else { throw Self.failed(path, outcome) }
        return outcome.output
    }

    /// Carries out a document of `iptables-restore`, all of it or nothing. Waits for others that hold the lock.
    func restore(_ family: IPFamily, _ document: String) throws(InterceptionError) {
        let path = try program(family, "restore")
        let outcome = try runner.run(path, ["--noflush", "-w", "10"], input: document)
        guard outcome.status == 0 else { throw Self.failed(path, outcome) }
    }

    private static func failed(_ path: String, _ outcome: CommandOutcome) -> InterceptionError {
        let name = path.split(separator: "/").last ?? ""
        let lines = outcome.errors.split(separator: "\n").filter { !$0.isEmpty && !$0.hasPrefix("#") }
        let end = outcome.status < 0 ? "was ended by signal \(-outcome.status)" : "failed (\(outcome.status))"
        return InterceptionError("\(name) \(end): \(lines.first ?? "it gave no reason")")
    }
}
