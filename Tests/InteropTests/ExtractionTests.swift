import Interop
import Telemetry
import TestSupport
import Testing
import Workload

/// Which of the headers that carry a trace is believed, and what is sent on.
@Suite struct ExtractionTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let span = "00f067aa0ba902b7"
    private let w3c = "00-11111111111111111111111111111111-2222222222222222-01"
    private let single = "33333333333333333333333333333333-4444444444444444-1"

    private func extracted(_ headers: HeaderList) -> String? {
        TraceContext.extract(from: headers).map { String("\($0.traceID)".prefix(1)) }
    }

    @Test func whatIsNewerComesFirstAndWhatIsBrokenGivesWay() {
        let multiple: [(TraceHeader, String)] = [
            (.b3TraceID, "5555555555555555"), (.b3SpanID, "6666666666666666"),
        ]
        func headers(_ w3c: String?, _ single: String?) -> HeaderList {
            var list: HeaderList = [:]
            if let w3c { list.headers.append((.traceParent, w3c)) }
            if let single { list.headers.append((.b3, single)) }
            list.headers += multiple
            return list
        }
        #expect(extracted(headers(w3c, single)) == "1")
        #expect(extracted(headers(nil, single)) == "3")
        #expect(extracted(headers("00-broken", single)) == "3")
        #expect(extracted(headers(w3c + "-", "0")) == "0")
        #expect(TraceContext.extract(from: headers(nil, "0"))?.traceID.low == 0x5555_5555_5555_5555)
        #expect(extracted([:]) == nil)
        #expect(extracted([.traceParent: w3c, .traceParent: w3c, .b3: single]) == "3")
        #expect(extracted([.b3: single, .b3: single]) == nil)
        #expect(extracted([.b3TraceID: Self.trace]) == nil)
        #expect(extracted([.b3SpanID: Self.span]) == nil)
    }

    @Test func traceStateBelongsToW3CAlone() {
        let state: (TraceHeader, String) = (.traceState, "a=1")
        var list: HeaderList = [.traceParent: w3c]
        list.headers += [state, (.traceState, "b=2")]
        #expect(TraceContext.extract(from: list)?.traceState == "a=1,b=2")
        list.headers[1].1 = "broken"
        #expect(TraceContext.extract(from: list)?.traceState == "")
        #expect(TraceContext.extract(from: list)?.isSampled == true)
        var b3: HeaderList = [.b3: single]
        b3.headers.append(state)
        #expect(TraceContext.extract(from: b3)?.traceState == "")
    }

    @Test(
        arguments: [
            (nil, nil, false, false), ("1", nil, true, false), ("true", nil, true, false), ("0", nil, false, false),
            ("false", nil, false, false), ("0", "1", true, true), (nil, "1", true, true), ("1", "0", true, false),
            ("yes", nil, false, false), ("", "", false, false), ("1", "true", true, false), ("d", nil, false, false),
        ] as [(String?, String?, Bool, Bool)])
    func samplingInSeveralHeaders(_ sampled: String?, _ flags: String?, _ isSampled: Bool, _ isDebug: Bool) throws {
        var list: HeaderList = [.b3TraceID: Self.trace, .b3SpanID: Self.span]
        if let sampled { list.headers.append((.b3Sampled, sampled)) }
        if let flags { list.headers.append((.b3Flags, flags)) }
        let context = try #require(TraceContext.extract(from: list))
        #expect(context.isSampled == isSampled && context.isDebug == isDebug)
        #expect(context.traceID.description == Self.trace && context.parentSpanID.description == Self.span)
    }

    @Test func whatIsSentOnIsReadBack() {
        for round in 0..<UInt64(200 * Seed.soak) {
            var random = SeededRandom(seed: Seed.value &+ round)
            let isDebug = random.next() % 3 == 0
            let context = TraceContext(
                traceID: TraceID(high: random.next() % 2 == 0 ? 0 : random.next(), low: random.nonZero()),
                parentSpanID: SpanID(random.next() % 2 == 0 ? 0 : random.next()),
                flags: isDebug || random.next() % 2 == 0 ? TraceContext.sampled : 0, isDebug: isDebug)
            let own = SpanID(random.nonZero())
            var wanted = context
            wanted.parentSpanID = own
            #expect(
                TraceContext.extract(from: [.b3: B3.single(context, spanID: own)] as HeaderList) == wanted,
                "WAYBILL_SEED=\(Seed.value)")
            let headers = B3.headers(context, spanID: own)
            #expect(TraceContext.extract(from: HeaderList(headers)) == wanted, "WAYBILL_SEED=\(Seed.value)")
            #expect(headers.contains { $0.header == .b3ParentSpanID } == context.parentSpanID.isValid)
            wanted.isDebug = false
            let parent = W3C.traceParent(traceID: context.traceID, spanID: own, flags: context.flags)
            #expect(
                TraceContext.extract(from: [.traceParent: parent] as HeaderList) == wanted, "WAYBILL_SEED=\(Seed.value)"
            )
        }
    }

    @Test func idsOf64BitsAreWrittenAsTheyCame() throws {
        let context = try #require(
            TraceContext.extract(from: [.b3: "a3ce929d0e0e4736-\(Self.span)-d-\(Self.span)"] as HeaderList))
        #expect(B3.single(context, spanID: SpanID(1)) == "a3ce929d0e0e4736-0000000000000001-d")
        #expect(
            B3.headers(context, spanID: SpanID(1)).map { "\($0.header.rawValue): \($0.value)" } == [
                "x-b3-traceid: a3ce929d0e0e4736", "x-b3-spanid: 0000000000000001", "x-b3-parentspanid: \(Self.span)",
                "x-b3-flags: 1",
            ])
    }

    /// Any bytes in the headers are either a trace or none.
    @Test func randomHeaders() {
        let pieces = [
            "0", "1", "d", "-", "a3ce929d0e0e4736", "00", "ff", Self.trace, Self.span, "é", "=", ",", " ", "x@y=z",
        ]
        for round in 0..<UInt64(3000 * Seed.soak) {
            var random = SeededRandom(seed: Seed.value &+ round)
            var list: HeaderList = [:]
            for header in TraceHeader.allCases where random.next() % 2 == 0 {
                let value = (0..<random.next() % 8).map { _ in pieces[Int(random.next() % UInt64(pieces.count))] }
                    .joined()
                list.headers.append((header, value))
            }
            guard let context = TraceContext.extract(from: list) else { continue }
            #expect(context.traceID.isValid && context.parentSpanID.isValid, "WAYBILL_SEED=\(Seed.value &+ round)")
            let own = W3C.traceParent(traceID: context.traceID, spanID: context.parentSpanID, flags: context.flags)
            #expect(W3C.parse(traceParent: own)?.traceID == context.traceID, "WAYBILL_SEED=\(Seed.value &+ round)")
        }
    }
}
