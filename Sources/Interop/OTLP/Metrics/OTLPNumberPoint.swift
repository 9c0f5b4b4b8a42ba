import Telemetry

/// `NumberDataPoint`: one value of a gauge or a sum.
public struct OTLPNumberPoint: Sendable, Hashable {
    public var attributes: [Attribute]
    /// Unix nanoseconds; zero where the sender gave none.
    public var startNanoseconds: UInt64
    public var timeNanoseconds: UInt64
    /// `nil` only where the flags say that nothing was recorded.
    public var value: OTLPNumber?
    public var exemplars: [OTLPExemplar]
    public var flags: OTLPPointFlags

    public init(
        attributes: [Attribute] = [], startNanoseconds: UInt64 = 0, timeNanoseconds: UInt64 = 0,
        value: OTLPNumber? = nil, exemplars: [OTLPExemplar] = [], flags: OTLPPointFlags = []
    ) {
        self.attributes = attributes
        self.startNanoseconds = startNanoseconds
        self.timeNanoseconds = timeNanoseconds
        self.value = value
        self.exemplars = exemplars
        self.flags = flags
    }
}

/// A measured value, whole or not, as it was sent.
public enum OTLPNumber: Sendable, Hashable {
    case int(Int64)
    case double(Double)

    /// The nearest double.
    public var double: Double {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        }
    }

    /// Equality of what was sent: NaN equals itself.
    public static func == (left: OTLPNumber, right: OTLPNumber) -> Bool {
        switch (left, right) {
        case (.int(let a), .int(let b)): a == b
        case (.double(let a), .double(let b)): a.bitPattern == b.bitPattern
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .int(let value): hasher.combine(value)
        case .double(let value): hasher.combine(value.bitPattern)
        }
    }
}

/// `DataPointFlags`; bits this version does not know are kept.
public struct OTLPPointFlags: OptionSet, Sendable, Hashable {
    public var rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The series has no value any more: it is stale from this time on.
    public static let noRecordedValue = OTLPPointFlags(rawValue: 1)
}
