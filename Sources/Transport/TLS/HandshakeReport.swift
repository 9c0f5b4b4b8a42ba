import NIOCore

/// Which failed TLS handshakes are news, each reason once a minute: who fails tries again at once. How many there were
/// is in a metric.
public struct HandshakeReport: Sendable {
    static let maximumReasons = 1_024
    static let pause = TimeAmount.seconds(60)

    private var told: [String: NIODeadline] = [:]

    public init() {}

    /// The sentence for the log; `nil` while the last such one is fresh.
    ///
    /// - Parameter reason: What it failed for, in one clause.
    public mutating func news(of reason: String, on listener: String, now: NIODeadline) -> String? {
        let sentence = "a TLS handshake on the \(listener) listener failed: \(reason)"
        if let last = told[sentence], now < last + Self.pause { return nil }
        if told.count == Self.maximumReasons { told.removeAll() }
        told[sentence] = now
        return sentence
    }
}
