import Storage
import Telemetry

/// Spans whose attributes fill columns in every way that a column may be filled: traces through a few services whose
/// spans have few shapes, each attribute of a shape in one style.
struct PlainSamples {
    enum Style: CaseIterable {
        case constant, counter, stepping, smallInt, anyInt, uuid, upperUUID, hex, decimal, shortDecimal, longDecimal
        case few, hundreds, thousands, text, cents, anyDouble, whole, bool, array, map, bytes, hexBytes, nothing
        case ofTrace, uuidOfTrace, mixed
    }

    private struct Shape {
        var name: String
        var kind: SpanKind
        var status: Int32
        var resource: Resource
        var scope: InstrumentationScope
        var fields: [(key: String, style: Style)]
    }

    var random: SegmentRandom
    private var counter: Int64 = 0
    private var now: UInt64 = 1_790_000_000_000_000_000
    private var shapes: [Shape] = []

    init(seed: UInt64, shapes count: Int, fields: Int, names: Int = 0) {
        random = SegmentRandom(seed: seed)
        let resources = (0..<1 + random.below(5)).map { index in
            Resource(
                attributes: index == 4
                    ? [] : [Attribute("service.name", .string("service-\(index)")), Attribute("pid", .int(7))],
                droppedAttributesCount: UInt32(index), schemaURL: "https://schemas/\(index % 2)",
                entityReferences: index == 3 ? [0x1A, 0x00] : [])
        }
        for index in 0..<count {
            let fields = (0..<random.below(fields + 1)).map { _ in
                (key: "key.\(random.below(fields))", style: Style.allCases[random.below(Style.allCases.count)])
            }
            let name = names > 0 ? "name \(index % names)" : "name \(index)"
            shapes.append(
                Shape(
                    name: name, kind: SpanKind(rawValue: Int32(random.below(6))), status: Int32(random.below(3)),
                    resource: resources[random.below(resources.count)],
                    scope: InstrumentationScope(name: "scope \(index % 3)", version: index % 2 == 0 ? "" : "1"),
                    fields: fields))
        }
    }

    /// Batches of whole traces, except that some spans of a trace come late.
    mutating func parts(
        spans: Int, batch size: Int, trace: Int
    ) -> [(batch: SpanBatch, provenance: Provenance)] {
        var parts: [(batch: SpanBatch, provenance: Provenance)] = []
        var late: [Span] = []
        var total = 0
        while total < spans {
            var builder = SpanBatchBuilder()
            while builder.batch.count < size, total < spans {
                for span in self.trace(1 + random.below(trace)) {
                    if random.below(30) == 0 { late.append(span) } else { builder.append(span) }
                    // Some are sent twice, in the same batch or in another.
                    if random.below(60) == 0 { late.append(span) }
                    total += 1
                }
                while random.below(3) == 0, let span = late.popLast() { builder.append(span) }
            }
            parts.append((builder.take(), provenance(parts.count)))
        }
        parts.append((SpanBatch(late), provenance(parts.count)))
        return parts
    }

    private mutating func provenance(_ index: Int) -> Provenance {
        Provenance(
            door: Door.allCases[index % 4], principal: "principal \(index % 3)", instance: index % 3 == 1 ? "" : "i",
            incarnation: UInt64(index % 2), sequence: random.below(9) == 0 ? random.next() : UInt64(index),
            receivedNanoseconds: random.below(9) == 0 ? random.next() : now + UInt64(index))
    }

    mutating func trace(_ count: Int) -> [Span] {
        let trace = TraceID(high: random.next(), low: random.next())
        let shared = (text: "TX-\(random.below(1_000_000))", uuid: random.uuid())
        var spans: [Span] = []
        now += UInt64(random.below(3_000_000))
        var at = now
        for index in 0..<count {
            let shape = shapes[random.below(shapes.count)]
            at += UInt64(random.below(20)) * 50_000
            var parent = SpanID.none
            switch index == 0 ? 0 : random.below(30) {
            case 0: break
            case 1: parent = SpanID(random.next())
            default: parent = spans[spans.count - 1 - random.below(min(spans.count, 6))].spanID
            }
            var span = Span(
                traceID: trace, spanID: SpanID(random.next() | 1), parentSpanID: parent, flags: 0x101,
                name: shape.name, kind: shape.kind, startNanoseconds: at,
                endNanoseconds: at + UInt64(random.below(9_000_000)),
                attributes: shape.fields.map { Attribute($0.key, value($0.style, shared)) },
                status: SpanStatus(code: shape.status, message: random.below(20) == 0 ? "message" : ""),
                resource: shape.resource, scope: shape.scope)
            if random.below(40) == 0 { span.parentSpanID = span.spanID }
            if random.below(25) == 0 { span.traceState = "a=\(random.below(4))" }
            if random.below(25) == 0 { span.droppedEventsCount = 3 }
            if random.below(12) == 0 {
                span.events = (0...random.below(3)).map { index in
                    SpanEvent(
                        timeNanoseconds: at - 5 + UInt64(index), name: index == 0 ? "" : "exception",
                        attributes: [Attribute("e", value(.mixed, shared))], droppedAttributesCount: UInt32(index))
                }
            }
            if random.below(15) == 0 {
                span.links = [
                    SpanLink(
                        traceID: TraceID(high: 1, low: random.next()), spanID: SpanID(9), traceState: "l=1",
                        attributes: [Attribute("l", value(.map, shared)), Attribute("l", value(.few, shared))],
                        droppedAttributesCount: 2, flags: 0x300)
                ]
            }
            spans.append(span)
        }
        // A parent may also be younger than its child.
        if count > 3, random.below(3) == 0 { spans[1].parentSpanID = spans[count - 1].spanID }
        return spans
    }

    private mutating func value(_ style: Style, _ shared: (text: String, uuid: String)) -> AttributeValue {
        counter += 1
        switch style {
        case .constant: return .string("always this")
        case .counter: return .int(counter)
        case .stepping: return .int(-5_000_000 + counter * 1000)
        case .smallInt: return .int(random.below(50) == 0 ? Int64(random.next() >> 20) : Int64(random.below(16)))
        case .anyInt: return .int([Int64.min, .max, -1, Int64(bitPattern: random.next())][random.below(4)])
        case .uuid: return .string(random.uuid())
        case .upperUUID: return .string(random.below(9) == 0 ? random.uuid() : random.uuid().uppercased())
        case .hex: return .string(Hex.string(random.next()))
        case .decimal: return .string("PAY-\(100_000 + random.below(900_000))")
        case .shortDecimal: return .string("0000000" + String(100 + random.below(900)))
        case .longDecimal: return .string(String(UInt64.max - UInt64(random.below(1_000_000))))
        case .few: return .string(["", "red", "green", "blue", "\u{0}"][random.below(5)])
        case .hundreds: return .string("value \(random.below(400))")
        case .thousands: return .string("v\(random.below(3000))" + String(repeating: "x", count: random.below(9)))
        case .text: return .string(String((0..<random.below(60)).map { _ in "abcé \n☃"[random.below(7)] }))
        case .cents: return .double(Double(random.below(2_000_000) - 1_000_000) / 100)
        case .anyDouble:
            return .double(
                [.nan, -0.0, .infinity, .leastNonzeroMagnitude, Double(bitPattern: random.next()), 1e300][
                    random.below(6)])
        case .whole: return .double(Double(random.below(1000)))
        case .bool: return .bool(random.below(3) == 0)
        case .array:
            return .array([.string("x"), .int(Int64(random.below(3))), .double(0.5), .empty, .array([.bool(true)])])
        case .map:
            return .map([
                Attribute("", .bytes([0, 255])), Attribute("m", .map([Attribute("n", .array([]))])),
                Attribute("m", .int(Int64(random.below(5)) - 2)),
            ])
        case .bytes: return .bytes((0..<random.below(20)).map { _ in UInt8(truncatingIfNeeded: random.next()) })
        case .hexBytes: return .bytes(Array(Hex.string(random.next()).utf8))
        case .nothing: return .empty
        case .ofTrace: return .string(random.below(12) == 0 ? "other" : shared.text)
        case .uuidOfTrace: return .string(shared.uuid)
        case .mixed:
            let style = Style.allCases[random.below(Style.allCases.count - 1)]
            return value(style, shared)
        }
    }
}

extension String {
    fileprivate subscript(_ index: Int) -> Character { self[self.index(startIndex, offsetBy: index)] }
}
