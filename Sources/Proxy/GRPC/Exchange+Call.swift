import Mesh
import NIOCore
import Transport

/// What is different when a request is a gRPC call: its status comes at the end, and its content is messages.
extension Exchange {
    func adoptCall() {
        if downstream.hasSoundHead, downstream.head.isGRPC { call = CallState() }
    }

    // MARK: Status

    /// Takes the status that the head of an answer has already: of an answer without messages, or in HTTP's terms.
    func readCode(_ head: ResponseHead) {
        guard call != nil else { return }
        if head.status != 200 {
            attempt?.code = GRPCCode(httpStatus: head.status)
        } else if head.body == .none, let text = head.fields.value(named: "grpc-status") {
            attempt?.code = GRPCCode(field: text)
        }
    }

    /// Takes the status from the end of an answer; an answer without any is `unknown` to its client.
    func readCode(trailers: FieldSection?) {
        guard let call else { return }
        if attempt?.code == nil {
            attempt?.code = trailers?.value(named: "grpc-status").map(GRPCCode.init(field:)) ?? .unknown
        }
        call.code = attempt?.code
    }

    /// How the call ended for its client, once it has ended; `nil` for what is no call.
    var code: GRPCCode? {
        guard let call else { return nil }
        return call.code ?? flags.first(where: \.isFailure)?.grpcCode ?? .unknown
    }

    /// Ends an answer that has begun by a status of the proxy's own instead of a reset, so that the caller learns more
    /// than that its stream broke; `false` when the client cannot be told so.
    func endCall(_ flag: ResponseFlag) -> Bool {
        guard let call, phase == .responding, downstream.head.version == .http2, downstream.isWritable else {
            return false
        }
        call.code = flag.grpcCode
        downstream.sendEnd(trailers: GRPCAnswer.trailers(flag.grpcCode, sentence, limits: worker.upstreamLimits))
        finish()
        downstream.exchangeEnded()
        return true
    }

    // MARK: Messages

    /// Begins to look for transaction ids in the request's messages, where a source of the route wants it.
    func lookIntoMessage(_ extractor: TransactionExtractor, _ route: Route) {
        guard let call, downstream.head.body != .none else { return }
        let look = extractor.messageLook(
            method: downstream.head.path, after: transactions, maximumBytes: route.maximumBodyLookBytes)
        guard let look else { return }
        call.look = GRPCMessageLook(
            look, encoding: downstream.head.fields.value(named: "grpc-encoding"),
            maximumBytes: route.maximumBodyLookBytes)
    }

    func look(intoMessage content: ByteBuffer) {
        guard let look = call?.look else { return }
        content.withUnsafeReadableBytes { look.take($0) }
        if look.isOver { endMessageLook(requestIsWhole: false) }
    }

    /// Enough has been seen, or no more comes, or no more is looked at.
    func endMessageLook(requestIsWhole: Bool) {
        guard let look = call?.look, let extractor = route?.extractor else { return }
        call?.look = nil
        look.finish(extractor, requestIsWhole: requestIsWhole, into: &transactions)
    }
}
