import NIOCore
import NIOHTTP1
import Transport

/// Reads one request at a time into memory within the limits, hands it to the service, writes the answer.
///
/// Sits behind the request guard and the pipelining handler, which holds further requests back until the answer is out.
final class HTTPServiceHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    enum State {
        case idle
        /// Body bytes counted against the budget so far.
        case reading(HTTPRequest, keepAlive: Bool, limit: Int, reserved: Int)
        case answering(keepAlive: Bool, Abandonment)
        /// An answer is out in part, or not yet: its body is being made.
        case streaming(HTTPBodyOnItsWay, Abandonment)
        /// An early answer is out and the connection will close: what still arrives is thrown away.
        case discarding
    }

    private let service: any HTTPService
    private let budget: RequestBytes
    private let answers: AnswerBytes
    let requestTimeout: TimeAmount
    /// No more than this is set aside on the mere word of a Content-Length.
    private static let expectedBodyBytes = 1 << 20
    var state = State.idle
    /// The body so far; apart from the state, so that it grows in place.
    private var body = ByteBuffer()
    private var deadline: Scheduled<Void>?
    /// Of the request being read: errors are worded as its sender reads them.
    private(set) var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")
    /// Whom the bytes of the request being read are accounted to.
    private var client = ""

    init(service: any HTTPService, budget: RequestBytes, answers: AnswerBytes, requestTimeout: TimeAmount) {
        self.answers = answers
        self.service = service
        self.budget = budget
        self.requestTimeout = requestTimeout
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (unwrapInboundIn(data), state) {
        case (.head(let head), .idle): begin(head, context: context)
        case (.body(let bytes), .reading(let request, let keepAlive, let limit, let reserved)):
            state = .idle
            take(bytes, request, keepAlive: keepAlive, limit: limit, reserved: reserved, context: context)
        case (.end, .reading(var request, let keepAlive, _, let reserved)):
            deadline?.cancel()
            state = .answering(keepAlive: keepAlive, request.abandonment)
            request.body = body
            body = ByteBuffer()
            ask(request, reserved: reserved, context: context)
        default: break
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        switch state {
        case .reading(_, _, _, let reserved): budget.release(reserved, for: client)
        // A request that is being answered holds its body until its answer, whether or not anyone still waits for it.
        case .answering(_, let abandonment): abandonment.set()
        case .streaming(let answer, let abandonment):
            abandonment.set()
            answer.close()
        case .idle, .discarding: break
        }
        state = .discarding
        body = ByteBuffer()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The request guard has answered what HTTP forbids, and closes by itself; anything else is a broken connection.
        if !(error is HTTPRefusal) { context.close(promise: nil) }
    }

    private func begin(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        if let refusal = service.refusal(head) {
            return answerEarly(refusal, head: head, context: context)
        }
        guard let request = HTTPRequest(head: head, principal: service.principal(head)) else {
            return answerEarly(
                service.failure(
                    .badRequest, "The request target is not a path with valid percent escapes.", to: head),
                head: head, context: context)
        }
        self.head = head
        let limit = service.bodyLimit(head)
        let declared = head.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0
        if declared > limit { return answerEarly(tooLarge(limit), head: head, context: context) }
        let principal = request.principal
        client = principal == "anonymous" ? context.remoteAddress?.ipAddress ?? principal : principal
        body = context.channel.allocator.buffer(capacity: min(max(0, declared), Self.expectedBodyBytes))
        state = .reading(request, keepAlive: head.isKeepAlive, limit: limit, reserved: 0)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: requestTimeout) {
            let (handler, context) = bound.value
            handler.timedOut(context: context)
        }
    }

    private func take(
        _ bytes: ByteBuffer, _ request: HTTPRequest, keepAlive: Bool, limit: Int, reserved: Int,
        context: ChannelHandlerContext
    ) {
        let count = bytes.readableBytes
        guard body.readableBytes + count <= limit else {
            budget.release(reserved, for: client)
            return write(tooLarge(limit).closing(), keepAlive: false, context: context)
        }
        if let refusal = budget.reserve(count, for: client) {
            budget.release(reserved, for: client)
            let answer = service.failure(refusal.httpStatus, refusal.message, to: head)
            return write(
                answer.retry(afterSeconds: refusal.retryAfterSeconds ?? 1).closing(), keepAlive: false,
                context: context)
        }
        body.writeImmutableBuffer(bytes)
        state = .reading(request, keepAlive: keepAlive, limit: limit, reserved: reserved + count)
    }

    private func ask(_ request: HTTPRequest, reserved: Int, context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let eventLoop = context.eventLoop
        let coding = AnswerCoding(request)
        let isHead = request.method == .HEAD
        let client = client
        let (service, head, answers) = (service, head, answers)
        service.respond(to: request) { answer in
            // Where the answer was made, which is not the event loop wherever answers are long.
            var answer = coding.encode(answer)
            if !isHead, answer.source == nil, answer.body.readableBytes > WholeBody.smallBytes {
                answer = Self.inPieces(answer, answers) ?? Self.noRoom(service, head, answers.limit)
            }
            eventLoop.execute { [answer] in
                let (handler, context) = bound.value
                handler.budget.release(reserved, for: client)
                guard case .answering(let keepAlive, let abandonment) = handler.state else { return }
                if let source = answer.source {
                    return handler.stream(
                        answer, source, keepAlive: keepAlive, isHead: isHead, abandonment, context: context)
                }
                handler.write(answer, keepAlive: keepAlive, isHead: isHead, context: context)
            }
        }
    }

    private static func inPieces(_ answer: HTTPAnswer, _ answers: AnswerBytes) -> HTTPAnswer? {
        guard let source = WholeBody(answer.body, answers) else { return nil }
        var answer = answer
        answer.headers.replaceOrAdd(name: "Content-Length", value: String(answer.body.readableBytes))
        answer.body = ByteBuffer()
        answer.source = source
        return answer
    }

    private static func noRoom(_ service: any HTTPService, _ head: HTTPRequestHead, _ limit: Int) -> HTTPAnswer {
        service.failure(
            .serviceUnavailable,
            "The answers that clients have not read yet hold as many bytes as they may, \(limit) (limit "
                + "answerBytesInFlight); try again shortly.", to: head
        ).retry(afterSeconds: 1)
    }

    private func timedOut(context: ChannelHandlerContext) {
        guard case .reading(_, _, _, let reserved) = state else { return }
        budget.release(reserved, for: client)
        let seconds = requestTimeout.nanoseconds / 1_000_000_000
        let answer = service.failure(
            .requestTimeout,
            "The request's body was not complete after \(seconds) seconds (limit requestSeconds).", to: head)
        write(answer.closing(), keepAlive: false, context: context)
    }

    private func tooLarge(_ limit: Int) -> HTTPAnswer {
        let message =
            limit == 0
            ? "This request takes no body."
            : "The request's body is larger than the limit of \(limit) bytes (limit requestBytes); send less at once."
        return service.failure(.payloadTooLarge, message, to: head).closing()
    }

    /// Answers before the body was read. The connection is kept only where there is no body to skip.
    private func answerEarly(_ answer: HTTPAnswer, head: HTTPRequestHead, context: ChannelHandlerContext) {
        let length = head.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0
        let hasBody = length > 0 || head.headers.contains(name: "Transfer-Encoding")
        write(
            hasBody ? answer.closing() : answer, keepAlive: head.isKeepAlive, isHead: head.method == .HEAD,
            context: context)
    }

    func write(
        _ answer: HTTPAnswer, keepAlive: Bool, isHead: Bool = false, context: ChannelHandlerContext
    ) {
        deadline?.cancel()
        body = ByteBuffer()
        let keep = keepAlive && !answer.closesConnection
        state = keep ? .idle : .discarding
        var head = HTTPResponseHead(version: .http1_1, status: answer.status, headers: answer.headers)
        head.headers.replaceOrAdd(name: "Content-Length", value: String(answer.body.readableBytes))
        if !keep { head.headers.replaceOrAdd(name: "Connection", value: "close") }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if answer.body.readableBytes > 0, !isHead {
            context.write(wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: nil)
        }
        // The guard closes the connection behind an answer that says so, after lingering for what is still sent.
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
