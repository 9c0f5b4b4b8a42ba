import Mesh

/// Finds the first length-prefixed message in the bytes of a request as they go by, inflates it where it is compressed,
/// and shows it to those who look for ids in it. Holds no part of it back.
final class GRPCMessageLook {
    private static let prefixBytes = 5

    private var look: MessageLook
    private let encoding: String?
    private let maximumBytes: Int
    private var prefixed = 0
    private var flag: UInt8 = 0
    private var length = 0
    /// Of the message, still to come.
    private var rest = 0
    private var inflater: MessageInflater?
    /// Nothing more has to be seen.
    private(set) var isOver = false
    private var isWhole = false
    private var isMalformed = false
    private var isUnreadable = false

    /// - Parameters:
    ///   - encoding: The request's `grpc-encoding`.
    ///   - maximumBytes: What is looked at, of an inflated message what comes out.
    init(_ look: MessageLook, encoding: String?, maximumBytes: Int) {
        self.look = look
        self.encoding = encoding
        self.maximumBytes = maximumBytes
    }

    /// The next bytes of the request.
    func take(_ bytes: UnsafeRawBufferPointer) {
        guard !isOver else { return }
        var index = 0
        while prefixed < Self.prefixBytes, index < bytes.count {
            if prefixed == 0 { flag = bytes[index] } else { length = length << 8 | Int(bytes[index]) }
            prefixed += 1
            index += 1
            if prefixed == Self.prefixBytes { begin() }
        }
        guard prefixed == Self.prefixBytes, !isOver, index < bytes.count else { return }
        let piece = UnsafeRawBufferPointer(rebasing: bytes[index..<min(bytes.count, index + rest)])
        rest -= piece.count
        show(piece)
        if rest == 0, !isOver { complete() }
    }

    /// Hands over what was found.
    func finish(
        _ extractor: TransactionExtractor, requestIsWhole: Bool, into extraction: inout TransactionExtraction
    ) {
        inflater = nil
        if isUnreadable {
            extraction.unreadable += 1
        } else if prefixed > 0 {
            let isBroken = isMalformed || requestIsWhole && !isOver
            extractor.message(look, isWhole ? .whole : isBroken ? .broken : .cut, into: &extraction)
        }
    }

    // MARK: The message

    private func begin() {
        rest = length
        switch (flag, encoding) {
        case (0, _): break
        case (1, "gzip"): inflater = MessageInflater(.gzip)
        case (1, "deflate"): inflater = MessageInflater(.zlib)
        case (1, nil), (1, "identity"): end(malformed: true)
        case (1, _):
            isUnreadable = true
            isOver = true
        default: end(malformed: true)
        }
        if rest == 0, !isOver { complete() }
    }

    private func show(_ piece: UnsafeRawBufferPointer) {
        guard let inflater else {
            look.feed(piece)
            isOver = !look.wantsMore
            return
        }
        let state = inflater.inflate(piece, limit: maximumBytes) { plain in
            look.feed(plain)
            return look.wantsMore
        }
        switch state {
        case .more: break
        case .stopped: isOver = true
        case .ended:
            isWhole = true
            isOver = true
        case .malformed: end(malformed: true)
        }
    }

    private func complete() {
        // A compressed message says itself where it ends.
        if inflater != nil { isMalformed = true } else { isWhole = true }
        isOver = true
    }

    private func end(malformed: Bool) {
        isMalformed = malformed
        isOver = true
    }
}
