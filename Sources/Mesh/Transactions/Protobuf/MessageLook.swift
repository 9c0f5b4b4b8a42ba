/// Looks for transaction ids in the messages of a gRPC request, as their bytes go by: in the first, and for what that has
/// not in those that follow.
public struct MessageLook: Sendable {
    /// Of one request.
    public static let maximumMessages = 16

    private struct Search: Sendable {
        let attribute: String
        let field: GRPCMessageField
        /// Of the current message, or of the last one that mattered.
        var walker: ProtobufWalker
        /// Values of earlier messages that cannot be ids.
        var refused = 0
        var isDone = false
    }

    private var searches: [Search]

    fileprivate init(_ fields: [(attribute: String, field: GRPCMessageField)], maximumBytes: Int) {
        searches = fields.map {
            Search(
                attribute: $0.attribute, field: $0.field,
                walker: ProtobufWalker($0.field, maximumBytes: maximumBytes))
        }
    }

    /// Whether further bytes of the message could still tell something.
    public var wantsMore: Bool { searches.contains { !$0.isDone && $0.walker.state == .walking } }

    public mutating func feed(_ bytes: UnsafeRawBufferPointer) {
        for index in searches.indices where !searches[index].isDone { searches[index].walker.feed(bytes) }
    }

    /// All of a message has been fed; `false` when a further one could tell nothing more.
    public mutating func messageEnded() -> Bool {
        for index in searches.indices where !searches[index].isDone {
            let walker = searches[index].walker
            if case .absent = walker.finding(at: .whole) {
                searches[index].refused += walker.refused
                searches[index].walker = ProtobufWalker(searches[index].field, maximumBytes: walker.budget)
            } else {
                searches[index].isDone = true
            }
        }
        for found in searches where !found.walker.values.isEmpty {
            for index in searches.indices where searches[index].attribute == found.attribute {
                searches[index].isDone = true
            }
        }
        return searches.contains { !$0.isDone }
    }

    /// What was found, in the order of the sources.
    func finish(_ end: MessageEnd, _ extractor: TransactionExtractor, into extraction: inout TransactionExtraction) {
        for search in searches where !extraction.has(search.attribute) {
            extractor.take(
                search.walker.finding(at: search.isDone ? .whole : end), search.attribute, into: &extraction)
            extraction.refused += search.refused + search.walker.refused
        }
    }
}

extension TransactionExtractor {
    /// A look into the messages of a call of `method`; `nil` when no source wants one, after `head` has found what it
    /// can.
    ///
    /// - Parameter maximumBytes: How many bytes are looked at for each source, in all messages together.
    public func messageLook(
        method: String, after extraction: TransactionExtraction, maximumBytes: Int
    ) -> MessageLook? {
        var fields: [(attribute: String, field: GRPCMessageField)] = []
        for source in sources where !extraction.has(source.attribute) {
            guard case .message(let field) = source.location, field.method == nil || field.method == method else {
                continue
            }
            fields.append((source.attribute, field))
        }
        return fields.isEmpty || maximumBytes == 0 ? nil : MessageLook(fields, maximumBytes: maximumBytes)
    }

    /// Takes the ids that `look` has found.
    public func message(_ look: MessageLook, _ end: MessageEnd, into extraction: inout TransactionExtraction) {
        look.finish(end, self, into: &extraction)
    }
}
