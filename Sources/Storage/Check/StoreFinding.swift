import Telemetry

/// One thing that is not as it should be in a data directory or a backup.
public struct StoreFinding: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Bytes that do not match their checksum or break the format.
        case damaged
        /// Named by the manifest, and not there.
        case missing
        /// Of another store, or another file of this one.
        case foreign
        /// The system could not read it.
        case unreadable
        /// Whole in itself, and not what other files say of it.
        case disagrees
        /// The last bytes of a log or a manifest that are no whole record: what a crash cuts short was promised to
        /// nobody, and recovery leaves it out.
        case cutShort
        /// Files that nothing names.
        case unknown

        /// Whether something stored is not as it was stored.
        public var isDamage: Bool { self != .cutShort && self != .unknown }
    }

    /// What cannot be read any more.
    public struct Loss: Sendable, Hashable {
        /// How many trace ids are told.
        public static let maximumTraceIDs = 20

        public var spans: UInt64
        /// How many traces, and the first of their ids; `nil` where the list of traces cannot be read either.
        public var traces: Int?
        public var traceIDs: [TraceID] = []
        /// The spans' own time, Unix nanoseconds; `nil` where it is not known.
        public var fromNanoseconds: UInt64?
        public var toNanoseconds: UInt64?
    }

    public var kind: Kind
    /// Relative to the directory that was checked.
    public var path: String
    /// Where in the file, in bytes.
    public var offset: Int?
    /// Without the path: what is wrong.
    public var problem: String
    public var loss: Loss?
    /// The store can make the file again from others.
    public var canBeRebuilt = false

    init(_ kind: Kind, _ path: String, offset: Int? = nil, _ problem: String) {
        self.kind = kind
        self.path = path
        self.offset = offset
        self.problem = problem
    }
}

extension StoreFinding {
    /// What an error says about a file of the directory `root`.
    init(_ error: StoreError, path: String) {
        let kind: Kind =
            switch error.code {
            case .corrupt: .damaged
            case .notThisStore, .newerVersion: .foreign
            default: .unreadable
            }
        self.init(kind, path, error.message)
    }
}
