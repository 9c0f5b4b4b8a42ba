/// Our part of one family's NAT table: the chains that are ours, and the jumps that lead to them.
public struct NATRules: Sendable, Hashable {
    public enum Chain: String, Sendable, CaseIterable, CustomStringConvertible {
        case inbound = "WAYBILL_INBOUND"
        case inRedirect = "WAYBILL_IN_REDIRECT"
        case output = "WAYBILL_OUTPUT"
        case redirect = "WAYBILL_REDIRECT"

        public var description: String { rawValue }
    }

    /// What the names of all our chains begin with, those of other versions included.
    static let prefix = "WAYBILL_"

    public private(set) var chains: [String] = []
    /// `-A CHAIN …` of our chains.
    public private(set) var rules: [String] = []
    /// `-A OUTPUT …` and `-A PREROUTING …`, as the kernel prints them.
    public private(set) var jumps: [String] = []

    public init() {}

    public var isEmpty: Bool { chains.isEmpty && jumps.isEmpty }
    /// Jumps first, as in the kernel's own list.
    public var lines: [String] { jumps + rules }

    mutating func add(_ chain: Chain, _ rule: String) {
        declare(chain.rawValue)
        rules.append("-A \(chain) \(rule)")
    }

    mutating func jump(from chain: String, _ match: String, to target: Chain) {
        declare(target.rawValue)
        jumps.append("-A \(chain) \(match) -j \(target)")
    }

    private mutating func declare(_ chain: String) { if !chains.contains(chain) { chains.append(chain) } }

    // MARK: What is there

    /// Finds what is ours in the output of `iptables-save`; everything else is passed over.
    public init(saved text: String) {
        var isNAT = false
        for line in text.split(separator: "\n") {
            if line.hasPrefix("*") { isNAT = line == "*nat" }
            guard isNAT else { continue }
            if line.hasPrefix(":\(Self.prefix)") {
                declare(String(line.dropFirst().prefix { $0 != " " }))
            } else if line.hasPrefix("-A \(Self.prefix)") {
                rules.append(String(line))
            } else if line.hasPrefix("-A "), line.contains(" -j \(Self.prefix)") {
                jumps.append(String(line))
            }
        }
    }

    /// How many rules of anybody `iptables-save` printed: a backend without any is not the one in use.
    public static func count(saved text: String) -> Int {
        text.split(separator: "\n").reduce(0) { $0 + ($1.hasPrefix("-A ") ? 1 : 0) }
    }

    // MARK: From one to the other

    /// What `iptables-restore --noflush` makes of these rules to have `next` instead: all of it or nothing.
    public func transition(to next: NATRules) -> String {
        var lines = ["*nat"]
        lines += jumps.filter { !next.jumps.contains($0) }.map { "-D" + $0.dropFirst(2) }
        // A chain that is there already is emptied by this.
        lines += next.chains.map { ":\($0) - [0:0]" }
        let old = chains.filter { !next.chains.contains($0) }
        lines += old.map { "-F \($0)" }
        lines += next.rules
        lines += next.jumps.filter { !jumps.contains($0) }
        lines += old.map { "-X \($0)" }
        return (lines + ["COMMIT"]).joined(separator: "\n") + "\n"
    }
}
