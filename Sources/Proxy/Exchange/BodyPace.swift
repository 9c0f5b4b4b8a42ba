/// Whether a client sends its body as fast as the listener wants it, looked at in windows of time in which the upstream
/// took all that came: a client is not blamed for a service that is slow.
package struct BodyPace {
    package static let windowNanoseconds: UInt64 = 5_000_000_000

    /// Monotonic; zero outside a window.
    private var since: UInt64 = 0
    private var bytesBefore = 0

    package init() {}

    /// - Parameters:
    ///   - bytes: Of the body until now.
    ///   - isBlocked: The upstream takes nothing now.
    /// - Returns: `false` at the end of a window in which fewer bytes came than wanted.
    package mutating func isKept(bytesPerSecond: Int, bytes: Int, isBlocked: Bool, now: UInt64) -> Bool {
        guard !isBlocked else {
            since = 0
            return true
        }
        guard since != 0 else {
            (since, bytesBefore) = (now, bytes)
            return true
        }
        guard now &- since >= Self.windowNanoseconds else { return true }
        let wanted = bytesPerSecond * Int(Self.windowNanoseconds / 1_000_000_000)
        defer { (since, bytesBefore) = (now, bytes) }
        return bytes - bytesBefore >= wanted
    }
}
