/// Why a peer refuses something. Codes from 0x80 concern one batch; lower ones end the connection.
public struct WireErrorCode: RawRepresentable, Sendable, Hashable {
    public var rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The first bytes are not this protocol's.
    public static let notWaybill = WireErrorCode(rawValue: 0x01)
    public static let unsupportedVersion = WireErrorCode(rawValue: 0x02)
    public static let checksumMismatch = WireErrorCode(rawValue: 0x03)
    /// A frame's bytes do not follow its layout.
    public static let malformedFrame = WireErrorCode(rawValue: 0x04)
    /// A length or count exceeds what the session allows.
    public static let limitExceeded = WireErrorCode(rawValue: 0x05)
    /// A reference to a dictionary entry that was never sent.
    public static let danglingReference = WireErrorCode(rawValue: 0x06)
    /// A frame that may not come in this state of the session.
    public static let unexpectedFrame = WireErrorCode(rawValue: 0x07)
    /// A sequence that is not above the one before it.
    public static let sequenceOrder = WireErrorCode(rawValue: 0x08)
    public static let creditExceeded = WireErrorCode(rawValue: 0x09)
    public static let handshakeTimeout = WireErrorCode(rawValue: 0x0A)
    public static let idleTimeout = WireErrorCode(rawValue: 0x0B)
    public static let notPermitted = WireErrorCode(rawValue: 0x0C)
    /// The collector cannot take sessions now.
    public static let unavailable = WireErrorCode(rawValue: 0x0D)
    /// The connection failed before HELLO, in its TLS handshake or below it. Only counted: nobody can be told.
    public static let handshakeFailed = WireErrorCode(rawValue: 0x0E)

    /// The batch's content is not acceptable, now or later.
    public static let batchRejected = WireErrorCode(rawValue: 0x80)
    /// The store has no room or failed; the same batch may be sent again.
    public static let storeUnavailable = WireErrorCode(rawValue: 0x81)

    public var name: String {
        switch self {
        case .notWaybill: "not_waybill"
        case .unsupportedVersion: "unsupported_version"
        case .checksumMismatch: "checksum_mismatch"
        case .malformedFrame: "malformed_frame"
        case .limitExceeded: "limit_exceeded"
        case .danglingReference: "dangling_reference"
        case .unexpectedFrame: "unexpected_frame"
        case .sequenceOrder: "sequence_order"
        case .creditExceeded: "credit_exceeded"
        case .handshakeTimeout: "handshake_timeout"
        case .idleTimeout: "idle_timeout"
        case .notPermitted: "not_permitted"
        case .unavailable: "unavailable"
        case .handshakeFailed: "handshake_failed"
        case .batchRejected: "batch_rejected"
        case .storeUnavailable: "store_unavailable"
        default: "code_\(rawValue)"
        }
    }
}
