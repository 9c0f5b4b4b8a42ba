import Mesh

/// Finds the length-prefixed messages in the bytes of a request as they go by, inflates those that are compressed, and
/// shows them to those who look for ids: the first, and further ones until enough is found or a bound is reached. Holds
/// no part of them back.
final class GRPCMessageLook {
    private static let prefixBytes = 5

    private var look: MessageLook
    private let encoding: String?
    private let maximumBytes: Int
    /// Messages whose prefix has begun.
    private var messages = 0
    private var prefixed = 0
    private var flag: UInt8 = 0
    private var length = 0
    /// Of the message, still to come.
    private var rest = 0
    private var inflater: MessageInflater?
    /// What came out of the compressed messages before this one.
    private var inflatedBytes = 0
    /// The compressed message is over; what its prefix counts besides is nobody's.
    private var hasInflated = false
    /// Nothing more has to be seen.
    private(set) var isOver = false
    private var isMalformed = false
    private var isUnreadable = false

    /// - Parameters:
    ///   - encoding: The request's `grpc-encoding`.
    ///   - maximumBytes: What is looked at, of inflated messages what comes out.
    init(_ look: MessageLook, encoding: String?, maximumBytes: Int) {
        self.look = look
        self.encoding = encoding
        self.maximumBytes = maximumBytes
    }

    /// The next bytes of the request.
    func take(_ bytes: UnsafeRawBufferPointer) {
        var index = 0
        while !isOver, index < bytes.count {
            if prefixed < Self.prefixBytes {
                takePrefix(bytes[index])
                index += 1
            } else {
                let piece = UnsafeRawBufferPointer(rebasing: bytes[index..<min(bytes.count, index + rest)])
                index += piece.count
                rest -= piece.count
                show(piece)
                if rest == 0, !isOver { complete() }
            }
        }
    }

    /// Hands over what was found.
    func finish(
        _ extractor: TransactionExtractor, requestIsWhole: Bool, into extraction: inout TransactionExtraction
    ) {
        inflater = nil
        guard messages > 0 else { return }
        // Between two messages nothing is missing, and of one that cannot be read nothing has been seen.
        var end = prefixed == 0 || isUnreadable ? MessageEnd.whole : .cut
        if isMalformed || end == .cut && requestIsWhole && !isOver { end = .broken }
        if isUnreadable { extraction.unreadable += 1 }
        extractor.message(look, end, into: &extraction)
    }

    // MARK: The message

    private func takePrefix(_ byte: UInt8) {
        if prefixed == 0 {
            messages += 1
            flag = byte
        } else {
            length = length << 8 | Int(byte)
        }
        prefixed += 1
        // Nobody knows what the messages beyond the bound hold.
        if messages > MessageLook.maximumMessages { isOver = true }
        if prefixed == Self.prefixBytes, !isOver { begin() }
    }

    private func begin() {
        rest = length
        switch (flag, encoding) {
        case (0, _): break
        case (1, "gzip"): inflater = MessageInflater(.gzip)
        case (1, "deflate"): inflater = MessageInflater(.zlib)
        case (1, nil), (1, "identity"): breakOff()
        case (1, _):
            isUnreadable = true
            isOver = true
        default: breakOff()
        }
        if rest == 0, !isOver { complete() }
    }

    private func show(_ piece: UnsafeRawBufferPointer) {
        guard let inflater else {
            look.feed(piece)
            isOver = !look.wantsMore
            return
        }
        if hasInflated { return }
        let state = inflater.inflate(piece, limit: maximumBytes - inflatedBytes) { plain in
            look.feed(plain)
            return look.wantsMore
        }
        switch state {
        case .more: break
        case .stopped: isOver = true
        case .ended: hasInflated = true
        case .malformed: breakOff()
        }
    }

    private func complete() {
        if let inflater {
            // A compressed message says itself where it ends.
            guard hasInflated else { return breakOff() }
            inflatedBytes += inflater.produced
            self.inflater = nil
            hasInflated = false
        }
        (prefixed, length) = (0, 0)
        isOver = !look.messageEnded()
    }

    private func breakOff() {
        isMalformed = true
        isOver = true
    }
}
