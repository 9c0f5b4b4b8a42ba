/// A legal hold: what it covers is not removed by age, by size or by compaction until the hold is released.
public struct Hold: Sendable, Hashable {
    /// What a hold keeps.
    public enum Subject: Sendable, Hashable {
        /// Every trace of a transaction, of one kind or of any.
        case transaction(value: String, kind: String?)
        /// Every trace that has a span, resource, scope, event or link with this attribute.
        case attribute(key: String, value: String)
        /// Every trace that has a span in this window of the spans' own time: Unix nanoseconds, both ends included.
        case time(from: UInt64, to: UInt64)
    }

    /// Who ended a hold, when and why.
    public struct Release: Sendable, Hashable {
        public var reason: String
        public var releasedBy: String
        /// The clock of the machine it was released on, Unix nanoseconds.
        public var releasedNanoseconds: UInt64
    }

    /// Six letters and digits.
    public var id: String
    public var subject: Subject
    public var reason: String
    public var placedBy: String
    /// The clock of the machine it was placed on, Unix nanoseconds.
    public var placedNanoseconds: UInt64
    /// `nil` while the hold is in force.
    public var release: Release?

    public var isActive: Bool { release == nil }
}

extension Hold.Subject: CustomStringConvertible {
    public var description: String {
        switch self {
        case .transaction(let value, nil): "transaction \(value)"
        case .transaction(let value, let kind?): "transaction \(value) (\(kind))"
        case .attribute(let key, let value): "\(key)=\(value)"
        case .time(let from, let to): "time \(from) to \(to)"
        }
    }
}
