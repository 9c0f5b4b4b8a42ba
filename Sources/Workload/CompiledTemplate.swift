import Telemetry

/// A span template whose constant strings and shape are already in a batch's tables.
struct CompiledTemplate: Sendable {
    enum Slot: Sendable {
        case fixed(UInt64)
        case transaction, uetr, account, currency, scheme, amount
        case status, attempt, requestBytes, responseBytes, port, score, rows
    }

    var service: PaymentService
    var name: StringRef
    var kind: Int32
    var shape: UInt32
    var slots: [Slot]

    init(_ template: SpanTemplate, in batch: inout SpanBatch) {
        service = template.service
        name = batch.strings.intern(template.name)
        kind = template.kind.rawValue
        var layout: [ShapeField] = []
        var slots: [Slot] = []
        for (key, source) in template.attributes {
            let (slot, type) = Self.slot(source, in: &batch)
            layout.append(ShapeField(key: batch.strings.intern(key), type: type))
            slots.append(slot)
        }
        shape = batch.shapes.intern(layout)
        self.slots = slots
    }

    private static func slot(_ source: AttributeSource, in batch: inout SpanBatch) -> (Slot, ValueType) {
        switch source {
        case .text(let text): (.fixed(UInt64(batch.strings.intern(text).rawValue)), .string)
        case .number(let number): (.fixed(UInt64(bitPattern: number)), .int)
        case .flag(let flag): (.fixed(flag ? 1 : 0), .bool)
        case .transaction: (.transaction, .string)
        case .uetr: (.uetr, .string)
        case .account: (.account, .string)
        case .currency: (.currency, .string)
        case .scheme: (.scheme, .string)
        case .amount: (.amount, .int)
        case .status: (.status, .int)
        case .attempt: (.attempt, .int)
        case .requestBytes: (.requestBytes, .int)
        case .responseBytes: (.responseBytes, .int)
        case .port: (.port, .int)
        case .score: (.score, .int)
        case .rows: (.rows, .int)
        }
    }
}

/// A call of the plan with its spans compiled.
struct CompiledCall: Sendable {
    var callee: PaymentService
    var work: ClosedRange<UInt64>
    var condition: PaymentCall.Condition
    var refusalPercent: Double
    var client: CompiledTemplate
    var server: CompiledTemplate
    var inside: [CompiledTemplate]
    var calls: [CompiledCall]

    init(_ call: PaymentCall, in batch: inout SpanBatch) {
        callee = call.callee
        work = call.work
        condition = call.condition
        refusalPercent = call.refusalPercent
        client = CompiledTemplate(.client(call.caller, call.method, call.route, to: call.callee), in: &batch)
        server = CompiledTemplate(
            .server(call.callee, call.method, call.route, from: "bank/\(call.caller.name)"), in: &batch)
        inside = call.inside.map { CompiledTemplate($0, in: &batch) }
        calls = call.calls.map { CompiledCall($0, in: &batch) }
    }
}
