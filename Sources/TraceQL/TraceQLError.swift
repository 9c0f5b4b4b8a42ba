/// Why a query is not understood, and where.
public struct TraceQLError: Error, Sendable, Hashable, CustomStringConvertible {
    /// One sentence for the person who wrote the query.
    public var message: String
    /// The offset of the first byte that is not understood, in the query's UTF-8.
    public var offset: Int

    public init(_ message: String, at offset: Int) {
        self.message = message
        self.offset = offset
    }

    public var description: String { "at byte \(offset): \(message)" }
}
