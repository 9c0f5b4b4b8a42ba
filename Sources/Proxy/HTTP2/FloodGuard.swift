/// Tells a busy peer from one that only makes work: frames that carry nothing cost credit, requests and content earn it,
/// and so does time (CVE-2019-9511 to 9518, CVE-2023-44487, CVE-2024-27316).
struct FloodGuard {
    static let maximumCredit = 1_000
    static let creditPerSecond = 50
    /// Earned by a request that ends as it should. A reset costs more than a request earns.
    static let creditOfRequest = 8
    static let costOfReset = 10

    /// Earned by content that was sent to the peer, whose sign that it was taken is more frames that carry nothing: some
    /// open both windows for each 4 KiB, others measure the line with a PING for every flight.
    static func credit(ofContentSent bytes: Int) -> Int { 8 + bytes / 1_024 }

    private var credit = Self.maximumCredit
    private var lastRefill: UInt64

    init(now: UInt64) { lastRefill = now }

    mutating func earn(_ amount: Int) { credit = min(Self.maximumCredit, credit + amount) }

    /// `false` when the peer has used up its credit.
    mutating func spend(_ amount: Int, now: @autoclosure () -> UInt64) -> Bool {
        if credit < amount {
            let now = now()
            let earned = (now &- lastRefill) / (1_000_000_000 / UInt64(Self.creditPerSecond))
            guard earned > 0 else { return false }
            lastRefill = now
            earn(Int(min(earned, UInt64(Self.maximumCredit))))
        }
        guard credit >= amount else { return false }
        credit -= amount
        return true
    }
}
