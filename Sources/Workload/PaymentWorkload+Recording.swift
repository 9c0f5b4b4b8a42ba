import Telemetry

/// The current payment's own strings in one batch.
struct PaymentStrings {
    var transaction: UInt64
    var uetr: UInt64
    var account: UInt64
}

/// What one span says of its hop.
struct HopFacts {
    var status: UInt64 = 200
    var attempt: UInt64 = 0
    var requestBytes: UInt64 = 0
    var responseBytes: UInt64 = 0
    var port: UInt64 = 0
    var score: UInt64 = 0
}

extension PaymentWorkload {
    private enum Outcome { case done, refused }

    /// One payment's spans, in the order in which they would end.
    mutating func recordPayment(at start: UInt64) {
        let spanID = spanID(of: .gateway)
        var time = start + 40_000
        var status: UInt64 = 202
        for call in calls {
            if perform(call, parent: spanID, at: &time) == .refused {
                status = 402
                break
            }
        }
        var facts = hopFacts()
        facts.status = status
        append(
            root, spanID: spanID, parent: .none, start: start, end: time + jitter(20_000...90_000), facts: facts)
    }

    /// One call with its attempts, its server span and everything below; moves `time` to its end.
    private mutating func perform(_ call: CompiledCall, parent: SpanID, at time: inout UInt64) -> Outcome {
        if call.condition == .crossCurrency, !payment.isCrossCurrency { return .done }
        var facts = hopFacts()
        if random.chance(0.4) {
            // The first attempt finds nobody; the proxy tries again.
            facts.status = 503
            let end = time + jitter(200_000...3_000_000)
            append(
                call.client, spanID: spanID(of: call.client.service), parent: parent, start: time, end: end,
                facts: facts, error: unavailableMessage, withException: true)
            time = end + jitter(25_000_000...60_000_000)
            facts.attempt = 1
            facts.status = 200
        }
        let clientID = spanID(of: call.client.service)
        let serverID = spanID(of: call.callee)
        let clientStart = time
        time += jitter(60_000...250_000)
        let serverStart = time
        var outcome = Outcome.done
        for inner in call.calls where outcome == .done { outcome = perform(inner, parent: serverID, at: &time) }
        for template in call.inside where outcome == .done {
            let start = time + jitter(5_000...40_000)
            time = start + jitter(100_000...2_500_000)
            append(
                template, spanID: spanID(of: call.callee), parent: serverID, start: start, end: time, facts: facts)
        }
        if random.chance(call.refusalPercent) { outcome = .refused }
        if outcome == .refused { facts.status = 402 }
        let error = outcome == .refused ? refusedMessage : nil
        time += jitter(call.work.lowerBound * 1000...call.work.upperBound * 1000)
        append(
            call.server, spanID: serverID, parent: clientID, start: serverStart, end: time, facts: facts, error: error)
        time += jitter(40_000...200_000)
        append(
            call.client, spanID: clientID, parent: parent, start: clientStart, end: time, facts: facts, error: error)
        time += jitter(10_000...80_000)
        return outcome
    }

    private mutating func jitter(_ range: ClosedRange<UInt64>) -> UInt64 { random.within(range) }

    private mutating func hopFacts() -> HopFacts {
        let bits = random.next()
        return HopFacts(
            requestBytes: 180 + bits & 0x1FF, responseBytes: 90 + bits >> 9 & 0x3FF, port: 32_768 + bits >> 20 & 0x6FFF,
            score: bits >> 40 % 1000)
    }

    private mutating func append(
        _ template: CompiledTemplate, spanID: SpanID, parent: SpanID, start: UInt64, end: UInt64, facts: HopFacts,
        error: StringRef? = nil, withException: Bool = false
    ) {
        let index = configuration.shape == .traces ? 0 : template.service.rawValue
        let strings = paymentStrings(index)
        var row = SpanRow()
        row.traceID = payment.traceID
        row.spanID = spanID
        row.parentSpanID = parent
        row.startNanoseconds = start
        row.endNanoseconds = end
        row.name = template.name
        row.kind = template.kind
        row.flags = parent.isValid ? 0x301 : 0x101
        row.resource = UInt32(template.service.rawValue)
        row.attributes = AttributeList(
            shape: template.shape, start: UInt32(truncatingIfNeeded: open[index].spans.values.count))
        if let error {
            row.statusCode = SpanStatus.error
            row.statusMessage = error
        }
        for slot in template.slots {
            open[index].spans.values.append(payload(slot, facts: facts, strings: strings))
        }
        if withException {
            let list = AttributeList(
                shape: exceptionShape, start: UInt32(truncatingIfNeeded: open[index].spans.values.count))
            open[index].spans.values.append(contentsOf: exceptionValues)
            open[index].spans.events.append(
                EventRecord(timeNanoseconds: end - 1000, name: exceptionName, attributes: list, droppedAttributes: 0))
        }
        open[index].spans.append(row: row)
        tally(index)
        closeIfFull(index)
    }

    /// Counts the span for its trace.
    private mutating func tally(_ index: Int) {
        if let last = open[index].traces.indices.last, open[index].traces[last].traceID == payment.traceID {
            open[index].traces[last].spans += 1
        } else {
            open[index].traces.append(
                WorkloadBatch.Trace(traceID: payment.traceID, spans: 1, transaction: payment.transaction))
        }
    }

    private mutating func paymentStrings(_ index: Int) -> PaymentStrings {
        if let known = strings[index] { return known }
        let made = PaymentStrings(
            transaction: UInt64(open[index].spans.strings.intern(payment.transaction).rawValue),
            uetr: UInt64(open[index].spans.strings.intern(payment.uetr).rawValue),
            account: UInt64(open[index].spans.strings.intern(payment.account).rawValue))
        strings[index] = made
        return made
    }

    private func payload(_ slot: CompiledTemplate.Slot, facts: HopFacts, strings: PaymentStrings) -> UInt64 {
        switch slot {
        case .fixed(let value): value
        case .transaction: strings.transaction
        case .uetr: strings.uetr
        case .account: strings.account
        case .currency: UInt64(currencies[payment.currency].rawValue)
        case .scheme: UInt64(schemes[payment.scheme].rawValue)
        case .amount: payment.amount
        case .status: facts.status
        case .attempt: facts.attempt
        case .requestBytes: facts.requestBytes
        case .responseBytes: facts.responseBytes
        case .port: facts.port
        case .score: facts.score
        case .rows: 1
        }
    }
}
