import Transport

/// How the proxy's own answers look to a gRPC client: a status without content, told by trailers alone.
enum GRPCAnswer {
    static func add(_ answer: ProxyAnswer, to headers: inout HeaderList) {
        headers.add(name: ":status", value: "200")
        headers.add(name: "content-type", value: "application/grpc")
        headers.add(name: "grpc-status", value: code(answer.status, answer.flag).text)
        headers.add(
            name: "grpc-message", value: GRPCStatusText.encode(answer.sentence), indexing: .nonIndexable)
        headers.add(name: "x-waybill-response-flags", value: answer.flag.rawValue)
        headers.add(answer.edits)
    }

    /// What its callers know as their deadline is a time-out; the rest goes by the HTTP status.
    static func code(_ status: Int, _ flag: ResponseFlag) -> GRPCCode {
        switch flag {
        case .upstreamTimeout, .downstreamTimeout: .deadlineExceeded
        case .requestTooLarge: .resourceExhausted
        default: GRPCCode(httpStatus: status)
        }
    }

    /// The trailers that end an answer which cannot be completed.
    static func trailers(_ code: GRPCCode, _ sentence: String, limits: MessageLimits) -> FieldSection {
        var trailers = FieldSection(limits: limits)
        trailers.start()
        let fields = [("grpc-status", code.text), ("grpc-message", GRPCStatusText.encode(sentence))]
        for (name, value) in fields {
            let fault = trailers.append(name, value, isNeverIndexed: false)
            precondition(fault == nil, "the proxy's own trailers are sound")
        }
        return trailers
    }
}
