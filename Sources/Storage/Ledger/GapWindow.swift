/// A window of time that holds gaps, both ends included; see `GapRecord` for whose clock it is.
struct GapWindow: Sendable, Hashable {
    /// Holds nothing.
    static let none = GapWindow(from: .max, to: 0)

    var from: UInt64
    var to: UInt64

    mutating func widen(_ other: GapWindow) {
        from = min(from, other.from)
        to = max(to, other.to)
    }

    func touches(_ other: GapWindow) -> Bool { to >= other.from && from <= other.to }
}
