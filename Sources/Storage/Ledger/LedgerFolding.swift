/// Decides which exporter lives the ledger forgets.
///
/// Only lives that closed and left no gap are forgotten. All their batches are stored, and their number was drawn at
/// random at the exporter's start, so no later life has it: nobody asks for their high-water mark again. Should an old
/// spool bring such a life back all the same, its batches are taken as new: the spans, being equal, still show once, and
/// what the ledger does not know of the life it shows as missing. It never says more is there than is.
///
/// Lives with gaps stay: they are evidence. So do lives that may come back.
struct LedgerFolding: Sendable {
    /// A closed life is kept this long after its last sign.
    static let ageNanoseconds: UInt64 = 30 * 86_400 * 1_000_000_000
    /// The age is looked at this often, on the collector's clock.
    static let everyNanoseconds: UInt64 = 86_400 * 1_000_000_000
    /// Of one principal with more lives than these, the closed ones that were not seen longest go before their time.
    static let maximumLives = 4096

    private var newest: UInt64 = 0
    private var foldedAt: UInt64 = 0
    private var counts: [String: Int] = [:]
    private var crowded: Set<String> = []

    mutating func saw(_ key: SessionKey, at nanoseconds: UInt64, isNew: Bool) {
        newest = max(newest, nanoseconds)
        guard isNew else { return }
        let count = (counts[key.principal] ?? 0) + 1
        counts[key.principal] = count
        // With some slack, so that the ledger is not gone through for each life.
        if count > LedgerFolding.maximumLives, count % (LedgerFolding.maximumLives / 8) == 0 {
            crowded.insert(key.principal)
        }
    }

    /// The lives to forget now; ones in `kept` wait.
    mutating func take(from lives: LifeTable, keeping kept: Set<SessionKey>) -> Set<SessionKey> {
        let isDue = newest >= foldedAt.addingOrMax(LedgerFolding.everyNanoseconds)
        guard isDue || !crowded.isEmpty else { return [] }
        if isDue { foldedAt = newest }
        var folded: Set<SessionKey> = []
        var rest: [String: [(key: SessionKey, last: UInt64)]] = [:]
        lives.forEach { key, value in
            guard value.isClosed, value.missing.isEmpty, !kept.contains(key) else { return }
            if value.lastNanoseconds.addingOrMax(LedgerFolding.ageNanoseconds) < newest {
                folded.insert(key)
            } else if crowded.contains(key.principal) {
                rest[key.principal, default: []].append((key, value.lastNanoseconds))
            }
        }
        for key in folded { counts[key.principal, default: 1] -= 1 }
        for (principal, closed) in rest {
            let surplus = max(0, (counts[principal] ?? 0) - LedgerFolding.maximumLives)
            for life in closed.sorted(by: { $0.last < $1.last }).prefix(surplus) { folded.insert(life.key) }
            counts[principal, default: 0] -= min(surplus, closed.count)
        }
        counts = counts.filter { $0.value > 0 }
        crowded.removeAll()
        return folded
    }
}
