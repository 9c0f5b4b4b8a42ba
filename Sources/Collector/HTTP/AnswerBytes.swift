import NIOCore
import Synchronization

/// Memory for the answers of all connections that their clients have not read yet, bounded: clients that ask for much and
/// read nothing do not fill the collector.
final class AnswerBytes: Sendable {
    let limit: Int
    private let used = Atomic(0)

    init(limit: Int) { self.limit = limit }

    var usedBytes: Int { used.load(ordering: .relaxed) }

    /// Sets `bytes` aside, given back by `release`; `false` where there is no room. Alone an answer may have any size.
    func take(_ bytes: Int) -> Bool {
        let (before, after) = used.add(bytes, ordering: .relaxed)
        if before == 0 || after <= limit { return true }
        release(bytes)
        return false
    }

    func release(_ bytes: Int) { used.subtract(bytes, ordering: .relaxed) }
}

/// A body that is whole already, sent in pieces as the client reads it.
final class WholeBody: HTTPBodySource {
    /// Smaller ones are sent at once, and not accounted for.
    static let smallBytes = 64 << 10

    private let bytes: AnswerBytes
    private let count: Int
    private let rest: Mutex<ByteBuffer>

    /// `nil` where there is no room for it.
    init?(_ body: ByteBuffer, _ bytes: AnswerBytes) {
        count = body.readableBytes
        self.bytes = bytes
        rest = Mutex(body)
        guard bytes.take(count) else {
            isHeld = false
            return nil
        }
        isHeld = true
    }

    private let isHeld: Bool

    deinit { if isHeld { bytes.release(count) } }

    func produce(into body: HTTPBody) {
        while true {
            let (piece, isLast) = rest.withLock { rest in
                let piece = rest.readSlice(length: min(rest.readableBytes, Self.smallBytes)) ?? ByteBuffer()
                return (piece, rest.readableBytes == 0)
            }
            if isLast { return body.end(piece) }
            if !body.write(piece) { return body.pause() }
        }
    }
}
