import NIOCore
import NIOPosix
import TestSupport

/// Asks for card authorisations over a connection of its own, some at once, and writes down what came of each.
struct CardTerminal {
    let number: Int
    let port: Int
    let chronicle: Chronicle

    func run(_ dice: Dice, until isOver: @Sendable () -> Bool) async throws {
        var dice = dice
        var count = 0
        while !isOver() {
            let left = 1 + dice.below(12)
            // The proxy is away, or the one behind it: not again at once.
            try await Task.sleep(for: .milliseconds(20 + dice.below(30)))
            guard let channel = try? await connect() else { continue }
            for _ in 0..<left where channel.isActive && !isOver() {
                let calls = (0..<1 + dice.below(3)).map { _ in
                    count += 1
                    let digits = String(number * 100_000 + count)
                    let audit = String(repeating: "0", count: 6 - digits.count) + digits
                    return CardMessage(type: "0200", audit: audit, reference: "RRN\(audit)ABC")
                }
                await ask(calls, on: channel)
                try await Task.sleep(for: .milliseconds(dice.below(100)))
            }
            channel.close(promise: nil)
        }
    }

    private func connect() async throws -> any Channel {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(CardAnswers())
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
    }

    private func ask(_ messages: [CardMessage], on channel: any Channel) async {
        let calls = messages.map { CardCall(reference: $0.reference, from: Chronicle.now()) }
        let promises = messages.map { _ in channel.eventLoop.makePromise(of: CardMessage.self) }
        channel.eventLoop.execute {
            // Of a connection that has just ended nobody would tell those who begin to wait.
            guard channel.isActive,
                let handler = try? channel.pipeline.syncOperations.handler(type: CardAnswers.self)
            else {
                for promise in promises { promise.fail(ChannelError.ioOnClosedChannel) }
                return
            }
            for (message, promise) in zip(messages, promises) { handler.wait(message.reference, promise) }
            for message in messages { channel.write(message.frame(), promise: nil) }
            channel.flush()
        }
        let patience = channel.eventLoop.scheduleTask(
            in: .milliseconds(Int64(BankMesh.timeoutMilliseconds) * 2)
        ) { for promise in promises { promise.fail(BankHTTP2Client.Silence()) } }
        for (index, promise) in promises.enumerated() {
            var call = calls[index]
            do {
                let answer = try await promise.futureResult.get()
                var right = messages[index]
                right.type = "0210"
                right.code = "00"
                call.outcome = answer == right ? .approved : .wrong("\(answer)")
            } catch is BankHTTP2Client.Silence {
                call.outcome = .silent
            } catch {
                call.outcome = .broken("\(error)")
            }
            call.to = Chronicle.now()
            chronicle.add(call)
        }
        patience.cancel()
    }
}

/// Hands answers to those who wait for them, by their reference.
private final class CardAnswers: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private var input = ByteBuffer()
    private var waiting: [String: EventLoopPromise<CardMessage>] = [:]

    func wait(_ reference: String, _ promise: EventLoopPromise<CardMessage>) { waiting[reference] = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        input.writeBuffer(&bytes)
        while let message = CardMessage.read(&input) {
            if let promise = waiting.removeValue(forKey: message.reference) {
                promise.succeed(message)
            } else {
                // Someone else's answer: those who wait are told so.
                for promise in waiting.values { promise.succeed(message) }
                waiting = [:]
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { fail(ChannelError.eof) }

    private func fail(_ error: any Error) {
        for promise in waiting.values { promise.fail(error) }
        waiting = [:]
    }
}
