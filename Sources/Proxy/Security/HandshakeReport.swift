import Logging
import NIOCore
import Transport

/// Tells of TLS handshakes that failed, each reason once a minute: who fails tries again at once. How many there were is
/// in a metric.
struct HandshakeReport {
    static let maximumReasons = 1_024
    static let pause = TimeAmount.seconds(60)

    private let log: Logger
    private var told: [String: NIODeadline] = [:]

    init(log: Logger) { self.log = log }

    mutating func add(_ error: any Error, _ listener: String, now: NIODeadline) {
        let reason = HandshakeFailure.clause(error) ?? NetworkReason.text(error)
        let sentence = "a TLS handshake on the \(listener) listener failed: \(reason)"
        if let last = told[sentence], now < last + Self.pause { return }
        if told.count == Self.maximumReasons { told.removeAll() }
        told[sentence] = now
        log.warning("\(sentence)")
    }
}
