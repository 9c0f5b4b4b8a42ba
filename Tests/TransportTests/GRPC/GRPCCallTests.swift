import NIOCore
import TestSupport
import Testing
import Transport

@Suite struct GRPCCallTests {
    private static let message = GRPCMessageWriter.buffer([1, 2, 3])
    private static let limits: GRPCLimits = {
        var limits = GRPCLimits()
        limits.maximumMessageBytes = 100
        limits.messageLimitName = "requestBytes"
        return limits
    }()

    private func call(isEncoded: Bool = false) -> GRPCCall { GRPCCall(limits: Self.limits, isEncoded: isEncoded) }

    private func status(_ action: GRPCCall.Action) -> (status: GRPCStatus, resetsStream: Bool)? {
        guard case .finish(.status(let status), let resetsStream) = action else { return nil }
        return (status, resetsStream)
    }

    @Test func aWholeCall() {
        var call = call()
        guard case .none = call.received(Self.message, endsStream: false) else {
            Issue.record("answered before the client had finished")
            return
        }
        guard case .serve(let message) = call.received(ByteBuffer(), endsStream: true) else {
            Issue.record("not served")
            return
        }
        #expect(Array(message.bytes.readableBytesView) == [1, 2, 3])
        guard case .finish(.message(let bytes), false) = call.answered(.message([9])) else {
            Issue.record("not answered")
            return
        }
        let isFinished = call.isFinished
        #expect(bytes == [9] && isFinished)
    }

    @Test func whatIsNotOneMessageIsRefused() {
        let cases: [(pieces: [ByteBuffer], ends: Bool, code: GRPCCode, word: String)] = [
            ([], true, .unimplemented, "without a message"),
            ([Self.message.getSlice(at: 0, length: 6)!], true, .internal, "inside a message"),
            ([Self.message, Self.message], false, .unimplemented, "exactly one"),
            ([ByteBuffer(bytes: [7])], false, .internal, "flag 7"),
            ([ByteBuffer(bytes: [0, 0, 0, 0, 101])], false, .resourceExhausted, "limit of 100 (limit requestBytes)"),
            ([GRPCMessageWriter.buffer([1], isCompressed: true)], true, .internal, "grpc-encoding"),
        ]
        for (pieces, ends, code, word) in cases {
            var call = call()
            var last = GRPCCall.Action.none
            for piece in pieces { last = call.received(piece, endsStream: false) }
            if ends { last = call.received(ByteBuffer(), endsStream: true) }
            let refusal = status(last)
            #expect(refusal?.status.code == code)
            #expect(refusal?.status.message.contains(word) == true, "\(refusal?.status.message ?? "none")")
            #expect(refusal?.resetsStream == !ends, "a client that still sends is told to stop")
        }
    }

    @Test func aDeadlineEndsItOnce() {
        var waiting = call()
        #expect(status(waiting.deadlinePassed())?.resetsStream == true)
        guard case .none = waiting.received(Self.message, endsStream: true) else {
            Issue.record("served after its end")
            return
        }
        var serving = call()
        _ = serving.received(Self.message, endsStream: true)
        #expect(status(serving.deadlinePassed())?.status.code == .deadlineExceeded)
        guard case .none = serving.answered(.message([])) else {
            Issue.record("answered twice")
            return
        }
        var slow = call()
        #expect(status(slow.bodyTimedOut())?.status.message.contains("bodyTimeoutMilliseconds") == true)
    }

    /// Whatever happens in whatever order: served at most once, ended at most once, and nothing after the end.
    @Test func anyOrderOfEventsEndsOnce() {
        let seed = Seed.next()
        var random = seed.generator
        for round in 0..<(Seed.isSoak ? 500_000 : 20_000) {
            var call = call(isEncoded: Bool.random(using: &random))
            var served = 0
            var ended = 0
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                let action: GRPCCall.Action
                switch Int.random(in: 0..<7, using: &random) {
                case 0: action = call.deadlinePassed()
                case 1: action = call.closed()
                case 2: action = call.answered(.message([]))
                case 3: action = call.bodyTimedOut()
                case 4: action = call.refuse(GRPCStatus(.unavailable, "full"))
                case 5: action = call.received(Self.message, endsStream: Bool.random(using: &random))
                default:
                    let bytes = (0..<Int.random(in: 0...9, using: &random)).map { _ in
                        UInt8.random(in: 0...2, using: &random)
                    }
                    action = call.received(ByteBuffer(bytes: bytes), endsStream: Bool.random(using: &random))
                }
                switch action {
                case .none: break
                case .serve: served += 1
                case .finish, .abandon: ended += 1
                }
                let isFinished = call.isFinished
                #expect((ended > 0) == isFinished, "\(seed) round \(round)")
            }
            #expect(served <= 1 && ended <= 1, "\(seed) round \(round)")
        }
    }
}
