/// What a client span says of the attempt that it is for.
extension SpanRecorder {
    func addAttempt(_ attempt: Attempt, of exchange: Exchange, to builder: inout BatchBuilder) {
        builder.add(.waybillAttempt, attempt.number)
        if attempt.number > 1 { builder.add(.resendCount, attempt.number - 1) }
        // Then the other side has no span of it, and nobody is to look for one.
        if attempt.isUnprocessed { builder.add(.waybillAttemptUnprocessed, true) }
        if let index = attempt.endpoint, let endpoint = exchange.destination?.pool.endpoints[index] {
            builder.add(.peerAddress, endpoint.addressBytes)
            builder.add(.peerPort, endpoint.endpoint.port)
        }
        builder.add(.waybillPeerPrincipal, attempt.principal.bytes)
    }
}
