import Files
import Foundation
import Storage
import Synchronization
import Telemetry
import Testing

/// What tests of the store are made of.
enum StoreSamples {
    /// From `WAYBILL_SEED` when set, so that a failure can be repeated.
    static let seed: UInt64 = ProcessInfo.processInfo.environment["WAYBILL_SEED"].flatMap { UInt64($0) } ?? 0x5EED

    static let day: UInt64 = 86_400 * 1_000_000_000
    /// 2026-11-23T00:00:00Z.
    static let received: UInt64 = 1_795_392_000 * 1_000_000_000

    static func provenance(
        _ sequence: UInt64 = 0, instance: String = "pod-1", incarnation: UInt64? = nil, at: UInt64 = received
    ) -> Provenance {
        Provenance(
            door: sequence == 0 ? .otlpHTTP : .wire, principal: "spiffe://bank/pay", instance: instance,
            incarnation: incarnation ?? (sequence == 0 ? 0 : 7), sequence: sequence, receivedNanoseconds: at)
    }

    static func session(_ instance: String = "pod-1", incarnation: UInt64 = 7, at: UInt64 = received) -> SessionRecord {
        SessionRecord(
            key: SessionKey(principal: "spiffe://bank/pay", instance: instance, incarnation: incarnation),
            timeNanoseconds: at)
    }

    /// A span that uses every field OpenTelemetry has, and every type of attribute.
    static func everyField(trace: TraceID, span: UInt64) -> Span {
        let attributes = [
            Attribute("empty", .empty), Attribute("text", .string("ünï\u{0}code")), Attribute("", .string("")),
            Attribute("yes", .bool(true)), Attribute("no", .bool(false)), Attribute("int", .int(.min)),
            Attribute("nan", .double(.nan)), Attribute("zero", .double(-0.0)), Attribute("raw", .bytes([0, 255, 128])),
            Attribute("list", .array([.int(1), .string("a"), .array([.empty, .double(.infinity)])])),
            Attribute("map", .map([Attribute("k", .map([Attribute("deep", .bytes([1]))]))])),
            Attribute("text", .string("the same key again")),
            Attribute("payment.transaction_id", .string("PAY-\(span)")),
        ]
        return Span(
            traceID: trace, spanID: SpanID(span), parentSpanID: SpanID(span + 1), traceState: "bank=1,x=2",
            flags: 0x301, name: "POST /payments", kind: SpanKind(rawValue: 77), startNanoseconds: 2_000,
            endNanoseconds: 1_000, attributes: attributes, droppedAttributesCount: 3,
            events: [
                SpanEvent(timeNanoseconds: .max, name: "retry", attributes: attributes, droppedAttributesCount: 1),
                SpanEvent(timeNanoseconds: 0, name: ""),
            ], droppedEventsCount: 4,
            links: [
                SpanLink(
                    traceID: TraceID(high: 9, low: 8), spanID: SpanID(.max), traceState: "l=1", attributes: attributes,
                    droppedAttributesCount: 2, flags: .max)
            ], droppedLinksCount: .max, status: SpanStatus(code: -5, message: "broken"),
            resource: Resource(
                attributes: [Attribute("service.name", .string("pay"))], droppedAttributesCount: 6,
                schemaURL: "https://schema/r", entityReferences: [0x1A, 0x00]),
            scope: InstrumentationScope(
                name: "lib", version: "1.2", attributes: [Attribute("s", .int(1))], droppedAttributesCount: 8,
                schemaURL: "https://schema/s"))
    }

    static func payment(trace: TraceID, span: UInt64, transaction: String, name: String = "charge") -> Span {
        Span(
            traceID: trace, spanID: SpanID(span), name: name, kind: .server, startNanoseconds: received + span,
            endNanoseconds: received + span + 1_000,
            attributes: [
                Attribute("payment.transaction_id", .string(transaction)), Attribute("amount", .int(Int64(span))),
            ], resource: Resource(attributes: [Attribute("service.name", .string("pay"))]))
    }

    static func trace(_ number: UInt64) -> TraceID { TraceID(high: 0xBA4C, low: number) }
}

extension Store {
    /// Appends and waits for the answer.
    @discardableResult
    func appendAndWait(_ submission: Submission) throws -> AppendOutcome {
        let answer = Answer()
        append(submission) { answer.give($0) }
        return try answer.wait().get()
    }
}

/// One answer, waited for by the thread that asked.
final class Answer: Sendable {
    private let result = Mutex<Result<AppendOutcome, StoreError>?>(nil)
    private let semaphore = DispatchSemaphore(value: 0)

    func give(_ answer: Result<AppendOutcome, StoreError>) {
        result.withLock { result in
            #expect(result == nil, "a completion must be called once")
            result = answer
        }
        semaphore.signal()
    }

    func wait() -> Result<AppendOutcome, StoreError> {
        semaphore.wait()
        return result.withLock { $0! }
    }
}

/// A directory of its own on the real disk, gone with the value.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/waybill-store-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
