import Mesh
import Proxy
import Synchronization

/// `iptables` and its variants with a kernel of their own, as far as our documents use it.
final class FakeIPTables: CommandRunner, Sendable {
    private struct State {
        /// By `nft4`, `nft6`, `legacy4` and `legacy6`: chains and rules in order.
        var chains: [String: [String: [String]]] = [:]
        var restores: [String] = []
    }

    let installed: Set<String>
    /// Restoring these fails as the kernel's refusal does.
    let failing: Set<String>
    private let state = Mutex(State())

    init(
        _ installed: Set<String> = [
            "iptables-nft-save", "iptables-nft-restore", "ip6tables-nft-save", "ip6tables-nft-restore",
            "iptables-legacy-save", "iptables-legacy-restore", "ip6tables-legacy-save", "ip6tables-legacy-restore",
        ], failing: Set<String> = []
    ) {
        self.installed = installed
        self.failing = failing
    }

    /// The programs that changed something, in order.
    var restores: [String] { state.withLock { $0.restores } }

    func lines(_ table: String) -> [String] {
        state.withLock { state in
            let chains = state.chains[table] ?? [:]
            return chains.keys.sorted().flatMap { chain in (chains[chain] ?? []).map { "-A \(chain) \($0)" } }
        }
    }

    /// A rule of somebody else.
    func add(_ table: String, _ chain: String, _ rule: String) {
        state.withLock { $0.chains[table, default: [:]][chain, default: []].append(rule) }
    }

    func find(_ program: String) -> String? { installed.contains(program) ? "/sbin/\(program)" : nil }

    func run(_ path: String, _ arguments: [String], input: String) throws(InterceptionError) -> CommandOutcome {
        let name = String(path.split(separator: "/").last ?? "")
        if arguments == ["--version"] { return CommandOutcome(status: 0, output: "iptables v1.8.9 (legacy)\n") }
        let table = (name.contains("nft") ? "nft" : "legacy") + (name.hasPrefix("ip6") ? "6" : "4")
        if name.hasSuffix("-save") {
            let chains = state.withLock { $0.chains[table] ?? [:] }
            let declared = chains.keys.sorted().map { ":\($0) - [0:0]" }
            return CommandOutcome(
                status: 0, output: (["*nat"] + declared + lines(table) + ["COMMIT"]).joined(separator: "\n") + "\n")
        }
        state.withLock { $0.restores.append(name) }
        if failing.contains(name) { return CommandOutcome(status: 4, errors: "# note\nline 3: RULE_APPEND failed\n") }
        return state.withLock { state in
            var chains = state.chains[table] ?? [:]
            for line in input.split(separator: "\n").dropFirst().dropLast() {
                guard Self.apply(String(line), &chains) else {
                    return CommandOutcome(status: 2, errors: "\(name): \(line) failed\n")
                }
            }
            state.chains[table] = chains
            return CommandOutcome(status: 0)
        }
    }

    private static func apply(_ line: String, _ chains: inout [String: [String]]) -> Bool {
        let words = line.split(separator: " ", maxSplits: 2).map(String.init)
        switch words[0] {
        case "-A":
            chains[words[1], default: []].append(words[2])
        case "-D":
            guard let index = chains[words[1]]?.firstIndex(of: words[2]) else { return false }
            chains[words[1]]?.remove(at: index)
        case "-F":
            guard chains[words[1]] != nil else { return false }
            chains[words[1]] = []
        case "-X":
            let isUsed = chains.values.contains { $0.contains { $0.hasSuffix("-j \(words[1])") } }
            guard chains[words[1]]?.isEmpty == true, !isUsed else { return false }
            chains[words[1]] = nil
        default: chains[String(words[0].dropFirst())] = []
        }
        return true
    }
}
