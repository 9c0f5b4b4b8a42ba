import Telemetry
import Transport
import Wire

extension CollectorMetrics {
    private static let wireCodes: [WireErrorCode] = [
        .notWaybill, .unsupportedVersion, .checksumMismatch, .malformedFrame, .limitExceeded, .danglingReference,
        .unexpectedFrame, .sequenceOrder, .creditExceeded, .handshakeTimeout, .idleTimeout, .notPermitted, .unavailable,
        .handshakeFailed,
    ]
    private static let lossReasons: [LossReason] = [
        .queueFull, .spoolFull, .spoolFailed, .spoolDamaged, .refused, .tooLarge,
    ]

    /// Makes the series of every cause that is known. One that began with its first event would have no increase yet, and
    /// no alert would see that event.
    func beginAtZero() {
        for code in Self.wireCodes { wireRefused(code.name, times: 0) }
        for reason in HTTPRefusal.Reason.allCases { httpRefused(reason.rawValue, times: 0) }
        for reason in Self.lossReasons { exporterLost(spans: 0, reason: reason.name) }
    }
}
