import Collector
import NIOCore
import Synchronization
import Testing

/// A body that is made while it is sent: no more than the client takes, and nothing for a client that is gone.
@Suite struct HTTPBodyTests {
    /// Pieces of a kilobyte until it is told to stop.
    private final class Endless: HTTPBodySource {
        let made = Mutex(0)
        let turns = Mutex(0)

        func produce(into body: HTTPBody) {
            turns.withLock { $0 += 1 }
            var wantsMore = true
            while wantsMore {
                wantsMore = body.write(ByteBuffer(repeating: 1, count: 1024))
                made.withLock { $0 += 1 }
            }
            body.pause()
        }
    }

    private final class Outlet: Sendable {
        let waiting = Mutex<[Int]>([])

        func take(_ piece: HTTPBody.Piece) {
            if case .bytes(let bytes) = piece { waiting.withLock { $0.append(bytes.readableBytes) } }
        }
    }

    @Test func noMoreIsMadeThanTheClientTakes() {
        let source = Endless()
        let outlet = Outlet()
        let body = HTTPBody(source) { outlet.take($0) }
        body.begin()
        var taken = 0
        for _ in 0..<1000 {
            let (count, bytes) = outlet.waiting.withLock { ($0.count, $0.reduce(0, +)) }
            #expect(bytes <= HTTPBody.enoughBytes)
            guard count > 0 else { break }
            taken += 1
            body.sent(outlet.waiting.withLock { $0.removeFirst() })
        }
        #expect(taken == 1000)
        // It is asked again when most has gone, not for every piece.
        #expect(source.turns.withLock { $0 } < 10)
        #expect(source.made.withLock { $0 } < 1000 + 2 * HTTPBody.enoughBytes / 1024)
    }

    @Test func nothingIsMadeForAClientThatIsGone() {
        let source = Endless()
        let outlet = Outlet()
        let body = HTTPBody(source) { outlet.take($0) }
        body.begin()
        body.close()
        let made = source.made.withLock { $0 }
        #expect(!body.write(ByteBuffer(string: "x")))
        while let count = outlet.waiting.withLock({ $0.popLast() }) { body.sent(count) }
        #expect(source.made.withLock { $0 } == made)
    }

    @Test func aClientThatTakesNothingIsSeen() {
        let source = Endless()
        let body = HTTPBody(source) { _ in }
        body.begin()
        #expect(!body.isStalled())
        #expect(body.isStalled())
        body.sent(1024)
        #expect(!body.isStalled())
        #expect(body.isStalled())
    }
}
