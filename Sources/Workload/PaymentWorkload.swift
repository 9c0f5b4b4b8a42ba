import Telemetry

/// Makes batches of payment traces: deterministic by seed, and cheap, because every batch starts as a copy of one whose
/// tables already hold the keys, constants, shapes and resources.
///
/// A payment is one trace of about 23 spans over ten services of a bank. A few are refused, a few calls fail and are
/// tried again; each span carries 15 or 16 attributes.
public struct PaymentWorkload: Sendable {
    public let configuration: WorkloadConfiguration

    /// Tables without spans: what every batch starts from.
    private let base: SpanBatch
    let root: CompiledTemplate
    let calls: [CompiledCall]
    let currencies: [StringRef]
    let schemes: [StringRef]
    let exceptionName: StringRef
    let exceptionShape: UInt32
    let exceptionValues: [UInt64]
    let refusedMessage: StringRef
    let unavailableMessage: StringRef

    var random: SeededRandom
    private var clock: UInt64
    private var prefixes: [UInt64]
    private var counters: [UInt64]
    /// Batches being filled: one, or one a service.
    var open: [WorkloadBatch]
    /// Batches that are full, oldest first.
    private var ready: [WorkloadBatch] = []
    private var readyHead = 0
    /// Strings of the current payment in each open batch.
    var strings: [PaymentStrings?]
    var payment: Payment

    public init(_ configuration: WorkloadConfiguration) {
        self.configuration = configuration
        var random = SeededRandom(seed: configuration.seed)
        var base = SpanBatch()
        for service in PaymentService.allCases { Self.addResource(service, to: &base) }
        let scope = base.strings.intern("waybill-proxy")
        base.scopes.append(ScopeRecord(name: scope, version: base.strings.intern("1.0.0")))
        root = CompiledTemplate(.server(.gateway, "POST", "/v1/payments", from: "internet"), in: &base)
        var compiled: [CompiledCall] = []
        for call in PaymentPlan.calls { compiled.append(CompiledCall(call, in: &base)) }
        calls = compiled
        currencies = Payment.currencies.map { base.strings.intern($0) }
        schemes = Payment.schemes.map { base.strings.intern($0) }
        exceptionName = base.strings.intern("exception")
        exceptionShape = base.shapes.intern([
            ShapeField(key: base.strings.intern("exception.type"), type: .string),
            ShapeField(key: base.strings.intern("exception.message"), type: .string),
        ])
        exceptionValues = ["UpstreamUnavailable", "connection reset before headers"].map {
            UInt64(base.strings.intern($0).rawValue)
        }
        refusedMessage = base.strings.intern("payment refused")
        unavailableMessage = base.strings.intern("upstream unavailable")
        self.base = base
        clock = configuration.startNanoseconds
        prefixes = PaymentService.allCases.map { _ in random.next() << 32 }
        counters = PaymentService.allCases.map { _ in 0 }
        payment = Payment(random: &random)
        self.random = random
        let count = configuration.shape == .traces ? 1 : PaymentService.allCases.count
        open = (0..<count).map { _ in WorkloadBatch(spans: base, traces: []) }
        strings = Array(repeating: nil, count: count)
    }

    private static func addResource(_ service: PaymentService, to base: inout SpanBatch) {
        let attributes = base.appendAttributes([
            Attribute("service.name", .string(service.name)), Attribute("service.namespace", .string("bank")),
            Attribute("service.version", .string("2026.11.\(service.rawValue)")),
            Attribute("deployment.environment.name", .string("production")),
            Attribute("k8s.pod.name", .string("\(service.name)-7d9c5b\(service.rawValue)")),
        ])
        base.resources.append(
            ResourceRecord(
                attributes: attributes,
                schemaURL: base.strings.intern("https://opentelemetry.io/schemas/1.37.0")))
    }

    /// The next batch: exactly `batchSpans` spans.
    public mutating func next() -> WorkloadBatch {
        while readyHead == ready.count {
            ready.removeAll(keepingCapacity: true)
            readyHead = 0
            startPayment()
        }
        readyHead += 1
        return ready[readyHead - 1]
    }

    private mutating func startPayment() {
        clock += random.within(1...(2 * configuration.intervalNanoseconds))
        payment = Payment(random: &random)
        for index in strings.indices { strings[index] = nil }
        recordPayment(at: clock)
    }

    mutating func spanID(of service: PaymentService) -> SpanID {
        guard configuration.spanIDs == .minted else { return SpanID(random.nonZero()) }
        counters[service.rawValue] += 1
        return SpanID(prefixes[service.rawValue] | counters[service.rawValue] & 0xFFFF_FFFF)
    }

    /// Puts a batch that is full aside and starts the next.
    mutating func closeIfFull(_ index: Int) {
        guard open[index].spans.count >= configuration.batchSpans else { return }
        ready.append(open[index])
        open[index] = WorkloadBatch(spans: base, traces: [])
        open[index].spans.reserve(rows: configuration.batchSpans)
        open[index].spans.values.reserveCapacity(base.values.count + configuration.batchSpans * 16)
        strings[index] = nil
    }
}
