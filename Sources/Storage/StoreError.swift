import Files

/// Why the store cannot do what was asked, in one sentence.
public struct StoreError: Error, Sendable, Hashable {
    public enum Code: String, Sendable, Hashable {
        /// Another process owns the data directory.
        case inUse
        case readOnly
        case permissionDenied
        /// No space left: recovers by itself when space is back.
        case full
        /// Written by a version of this program that this one does not understand.
        case newerVersion
        /// The directory, or a file in it, is not this store's.
        case notThisStore
        /// Bytes do not match their checksum or break the format.
        case corrupt
        /// A submission beyond the limit on one record.
        case tooLarge
        /// Something would go beyond a bound of the format.
        case limit
        /// A query or filter that cannot be carried out as it is written.
        case invalidQuery
        /// More is queued or unsealed than memory may hold: try again later.
        case overloaded
        /// An earlier submission of the same exporter was refused: it must come again first.
        case outOfOrder
        /// A write could not be made durable; nothing is acknowledged until the store is opened again.
        case failed
        case closed
        case fileSystem
    }

    public var code: Code
    /// A sentence for a person.
    public var message: String
    /// The file it is about, where it is about one.
    public var path: String?

    public init(_ code: Code, _ message: String, path: String? = nil) {
        self.code = code
        self.message = message
        self.path = path
    }

    public init(_ error: FileError) {
        let code: Code =
            if error.isFull { .full } else if error.isReadOnly { .readOnly } else if error.isPermissionDenied {
                .permissionDenied
            } else if error.isLocked { .inUse } else { .fileSystem }
        self.init(code, error.description)
    }
}

extension StoreError: CustomStringConvertible {
    public var description: String { path.map { "\($0): \(message)" } ?? message }
}
