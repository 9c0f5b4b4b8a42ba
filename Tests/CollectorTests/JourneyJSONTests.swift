import Collector
import Foundation
import Telemetry
import TestSupport
import Testing

@Suite struct JourneyJSONTests {
    /// The hand-written form is the `Codable` one: every member, nothing more, nothing less.
    @Test func itIsWhatCodableWrites() throws {
        let seed = Seed.next()
        var dice = seed.generator
        var seen = Set<String>()
        for round in 0..<60 {
            let journey = randomJourney(round, &dice)
            let written = Data(JourneyJSON.bytes(journey))
            let encoded = try JSONEncoder().encode(journey)
            #expect(
                try JSONSerialization.jsonObject(with: written) as? NSDictionary
                    == JSONSerialization.jsonObject(with: encoded) as? NSDictionary, "\(seed) round \(round)")
            let read = try JSONDecoder().decode(Journey.self, from: written)
            #expect(try read == JSONDecoder().decode(Journey.self, from: encoded), "\(seed) round \(round)")
            members(of: try JSONSerialization.jsonObject(with: encoded), into: &seen)
        }
        // What is absent from every sample would not be compared.
        for name in [
            "parent", "caller", "callee", "callerPrincipal", "calleePrincipal", "decision", "policyRule",
            "policyRevision", "attempt", "retriedBy", "grpcStatus",
            "httpStatus", "errorMessage", "responseFlags", "startsEarlyNanoseconds", "statusMessage", "parentSpanID",
            "instance", "principal", "sequence", "cause", "recorder", "spanID", "from", "to", "firstSequence",
            "lastSequence", "spans", "reason",
        ] {
            #expect(seen.contains(name), "\(seed): no sample has \(name)")
        }
    }

    @Test func aJourneyOfPlainValuesComesBackEqual() throws {
        let journey = Journey(
            transaction: "P-1", kinds: [], spans: payment(1, transaction: "P-1").map { stored($0, sequence: 7) },
            rules: .standard, gaps: [])
        #expect(journey.hops.count == 3)
        #expect(try JSONDecoder().decode(Journey.self, from: Data(JourneyJSON.bytes(journey))) == journey)
    }

    private func members(of value: Any, into names: inout Set<String>) {
        if let object = value as? [String: Any] {
            for (name, value) in object {
                names.insert(name)
                members(of: value, into: &names)
            }
        }
        for element in value as? [Any] ?? [] { members(of: element, into: &names) }
    }

    private func stored(_ span: Span, sequence: UInt64) -> StoredSpan {
        StoredSpan(
            span: span,
            provenance: Provenance(
                door: sequence == 0 ? .otlpHTTP : .wire, principal: "spiffe://bank.example/\"quoted\"",
                instance: sequence == 0 ? "" : "pod-\(sequence)", sequence: sequence,
                receivedNanoseconds: span.endNanoseconds &+ 5))
    }

    private func randomJourney(_ round: Int, _ dice: inout Dice) -> Journey {
        let start: UInt64 = 1_700_000_000_000_000_000
        let count = Int.random(in: 0...30, using: &dice)
        var spans: [StoredSpan] = []
        for index in 0..<count {
            let at = start + UInt64.random(in: 0...2_000_000, using: &dice)
            let parent = UInt64.random(in: 0...UInt64(count), using: &dice)
            var span = Span(
                traceID: TraceID(high: 1, low: UInt64.random(in: 1...3, using: &dice)),
                // Ids that repeat make conflicts, parents at random make circles and missing hops.
                spanID: SpanID(UInt64(index % 25) + 1), parentSpanID: SpanID(parent),
                name: ["", "POST /payments", "käse\u{1F9C0}\u{7}\n\"\\"].randomElement(using: &dice) ?? "",
                kind: SpanKind(rawValue: .random(in: 0...6, using: &dice)), startNanoseconds: at,
                endNanoseconds: at &+ .random(in: 0...900_000, using: &dice),
                attributes: attributes(round, &dice),
                status: SpanStatus(
                    code: .random(in: 0...2, using: &dice), message: Bool.random(using: &dice) ? "no" : ""),
                resource: Resource(attributes: [
                    Attribute("service.name", .string("service-\(Int.random(in: 0...3, using: &dice))")),
                    Attribute("service.instance.id", .string(Bool.random(using: &dice) ? "i" : "")),
                ]))
            if Bool.random(using: &dice) { span.events = [SpanEvent(timeNanoseconds: at, name: "event")] }
            spans.append(stored(span, sequence: .random(in: 0...3, using: &dice)))
        }
        for attempt in 1...2 {
            let at = start + UInt64(attempt) * 1_000
            let call = Span(
                traceID: TraceID(high: 1, low: 1), spanID: SpanID(100 + UInt64(attempt)), name: "PUT /entries",
                kind: .client, startNanoseconds: at, endNanoseconds: at + 500,
                attributes: [Attribute("waybill.attempt", .int(Int64(attempt)))],
                resource: Resource(attributes: [Attribute("service.name", .string("payments"))]))
            spans.append(stored(call, sequence: 1))
        }
        return Journey(
            transaction: "P-\(round)\u{1}", kinds: [TransactionKey(kind: "payment", value: "P-\(round % 2)")],
            spans: spans, rules: .standard, gaps: gaps(start))
    }

    private func attributes(_ round: Int, _ dice: inout Dice) -> [Attribute] {
        let all: [Attribute] = [
            Attribute("payment.id", .string("P-\(Int.random(in: 0...2, using: &dice))")),
            Attribute("payment.uetr", .string("U-\(round)")), Attribute("waybill.attempt", .int(1)),
            Attribute("waybill.attempt", .int(2)), Attribute("http.response.status_code", .int(503)),
            Attribute("http.response.status_code", .int(200)), Attribute("waybill.response_flags", .string("UT")),
            Attribute("waybill.policy.rule", .string("all")), Attribute("waybill.policy.revision", .string("r1")),
            Attribute("rpc.grpc.status_code", .int(9)),
            Attribute("waybill.policy.decision", .string("allow")), Attribute("error.type", .string("timeout")),
            Attribute("waybill.principal", .string("spiffe://bank.example/a")),
            Attribute("waybill.peer.principal", .string("spiffe://bank.example/b")),
            Attribute("numbers", .array([.int(.min), .double(0.1), .double(1e300), .double(-0.0), .empty])),
            Attribute("odd", .array([.double(.nan), .double(-.infinity), .bytes([0, 255]), .bool(false)])),
            Attribute("nested", .map([Attribute("", .map([])), Attribute("b", .array([.string("\u{2028}\t")]))])),
            Attribute("flag", .bool(true)), Attribute("text", .string("</script>\u{0}\r")),
        ]
        return all.filter { _ in Int.random(in: 0..<3, using: &dice) == 0 }
    }

    private func gaps(_ start: UInt64) -> [JourneyGap] {
        let time = Timestamp(nanoseconds: start)
        return [
            JourneyGap(
                kind: .missingSequences, principal: "p", instance: "i", from: time,
                to: Timestamp(nanoseconds: .max), firstSequence: 1,
                lastSequence: .max),
            JourneyGap(kind: .recordedLoss, principal: "", instance: "", from: time, spans: 12, reason: "queue full"),
            JourneyGap(kind: .unknownTail, principal: "p", instance: "", to: nil, firstSequence: 9),
        ]
    }
}
