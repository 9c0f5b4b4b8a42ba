/// Looks for transaction ids in the first message of a gRPC request, as its bytes go by.
public struct MessageLook: Sendable {
    private var walkers: [(attribute: String, walker: ProtobufWalker)]

    init(_ walkers: [(attribute: String, walker: ProtobufWalker)]) { self.walkers = walkers }

    /// Whether further bytes of the message could still tell something.
    public var wantsMore: Bool { walkers.contains { $0.walker.state == .walking } }

    public mutating func feed(_ bytes: UnsafeRawBufferPointer) {
        for index in walkers.indices { walkers[index].walker.feed(bytes) }
    }

    /// What was found, in the order of the sources.
    func finish(_ end: MessageEnd, _ extractor: TransactionExtractor, into extraction: inout TransactionExtraction) {
        for (attribute, walker) in walkers where !extraction.has(attribute) {
            extractor.take(walker.finding(at: end), attribute, into: &extraction)
            extraction.refused += walker.refused
        }
    }
}

extension TransactionExtractor {
    /// A look into the first message of a call of `method`; `nil` when no source wants one, after `head` has found what
    /// it can.
    ///
    /// - Parameter maximumBytes: How many bytes of the message are looked at.
    public func messageLook(
        method: String, after extraction: TransactionExtraction, maximumBytes: Int
    ) -> MessageLook? {
        var walkers: [(attribute: String, walker: ProtobufWalker)] = []
        for source in sources where !extraction.has(source.attribute) {
            guard case .message(let field) = source.location, field.method == nil || field.method == method else {
                continue
            }
            walkers.append((source.attribute, ProtobufWalker(field, maximumBytes: maximumBytes)))
        }
        return walkers.isEmpty || maximumBytes == 0 ? nil : MessageLook(walkers)
    }

    /// Takes the ids that `look` has found.
    public func message(_ look: MessageLook, _ end: MessageEnd, into extraction: inout TransactionExtraction) {
        look.finish(end, self, into: &extraction)
    }
}
