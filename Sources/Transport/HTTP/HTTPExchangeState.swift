/// Which requests of a connection are open, and what may still pass: plain values, driven by `HTTPRequestGuard`.
struct HTTPExchangeState {
    enum RefusalAction: Equatable {
        case answerNow
        /// Responses to earlier requests come first.
        case answerWhenDue
        /// A response has begun: nothing sensible can be said any more.
        case closeNow
    }

    /// Requests begun whose responses have not ended.
    private var open = 0
    private(set) var receivesBody = false
    private var bodyCount = 0
    private var sendsResponse = false
    private var refusal: HTTPRefusal?
    private var isAnswered = false
    private var lastRequestBegan = false
    private(set) var lastRequestEnded = false
    private var saysClose = false

    var takesInput: Bool { refusal == nil && !lastRequestEnded }
    var takesOutput: Bool { !isAnswered }
    /// No request is open and none is arriving that the parser has seen.
    var isIdle: Bool { open == 0 && !receivesBody }
    var closesAfterResponse: Bool { saysClose || (lastRequestBegan && open == 1) }

    mutating func requestBegan(isLast: Bool) {
        open += 1
        receivesBody = true
        bodyCount = 0
        if isLast { lastRequestBegan = true }
    }

    /// Whether the body is still within `limit`.
    mutating func bodyBytes(_ count: Int, limit: Int) -> Bool {
        bodyCount += count
        return bodyCount <= limit
    }

    mutating func requestEnded() {
        receivesBody = false
        if lastRequestBegan { lastRequestEnded = true }
    }

    mutating func responseSaysClose() { saysClose = true }
    mutating func responseBegan() { sendsResponse = true }

    /// Whether the connection ends with this response.
    mutating func responseEnded() -> Bool {
        let closes = closesAfterResponse
        sendsResponse = false
        open = max(0, open - 1)
        return closes
    }

    mutating func refuse(_ refusal: HTTPRefusal) -> RefusalAction {
        self.refusal = refusal
        if receivesBody {
            // The request that goes wrong is the newest open one. Answer it if it is the only one and unanswered.
            return open == 1 && !sendsResponse ? .answerNow : .closeNow
        }
        return open == 0 ? .answerNow : .answerWhenDue
    }

    /// The refusal that waited for the responses before it.
    func dueRefusal() -> HTTPRefusal? { open == 0 && !isAnswered && !saysClose ? refusal : nil }

    mutating func refusalAnswered() { isAnswered = true }
}
