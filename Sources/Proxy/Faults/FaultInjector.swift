import Mesh

/// The fault rules of one route. One worker's own.
package struct FaultInjector: Sendable {
    private let rules: [FaultRule]
    private var shares: [FaultShare]

    package init(_ rules: [FaultRule]) {
        self.rules = rules
        shares = rules.map { FaultShare($0.maximumSharePercent) }
    }

    /// The fault that happens to a request.
    ///
    /// - Parameters:
    ///   - principal: Of the caller; empty without one.
    ///   - wallNanoseconds: Unix time.
    ///   - header: The first value of a field by its lower-case name.
    package mutating func fault(
        principal: String, wallNanoseconds: UInt64, random: inout FastRandom, header: (String) -> String?
    ) -> FaultRule? {
        for index in shares.indices { shares[index].count() }
        for (index, rule) in rules.enumerated() {
            guard wallNanoseconds < rule.expires.nanoseconds else { continue }
            if let wanted = rule.principal, wanted != principal { continue }
            if let wanted = rule.header {
                guard let value = header(wanted.name), wanted.value == nil || wanted.value == value else { continue }
            }
            guard rule.percent.takes(random.next()), shares[index].take() else { continue }
            return rule
        }
        return nil
    }
}
