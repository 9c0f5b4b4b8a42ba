import Files
import Telemetry
import Testing
import Wire

/// The vectors of `Schemas/wire.md`: encoding gives exactly these bytes, and they read back as the value.
@Suite struct GoldenTests {
    /// The hexadecimal blocks of the document by their titles.
    static func vectors() throws -> [String: [UInt8]] {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let text = String(
            decoding: try RealFileSystem().readAll("/" + root + "/Schemas/wire.md", limit: 1 << 20), as: UTF8.self)
        var vectors: [String: [UInt8]] = [:]
        var title: String?
        var digits = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```hex ") {
                title = String(line.dropFirst(7))
                digits = ""
            } else if line == "```", let name = title {
                guard let bytes = Hex.bytes(digits) else { throw Unexpected() }
                vectors[name] = bytes
                title = nil
            } else if title != nil {
                digits += line.split(separator: "#").first.map { String($0.filter { $0 != " " }) } ?? ""
            }
        }
        return vectors
    }

    static let refusal = WireRefusal(code: .storeUnavailable, message: "the disk is full", isRetryable: true)

    static let controls: [(String, ControlFrame)] = [
        (
            "hello",
            .hello(SessionHello(instance: "proxy-7", incarnation: 0x0102_0304_0506_0708, firstUnacknowledged: 300))
        ),
        (
            "welcome",
            .welcome(
                SessionGrant(storeID: [0xAA, 0xBB], epoch: 3, highestDurableSequence: 299, creditBytes: 4_194_304),
                SessionLimits(WireLimits()))
        ),
        ("error", .error(refusal, sequence: 7)), ("acknowledge", .acknowledge(sequence: 301, bytes: 512)),
        ("refuse", .refuse(sequence: 302, WireRefusal(code: .batchRejected, message: "no", isRetryable: false))),
        ("ping", .ping(1)), ("pong", .pong(1)), ("close", .close(lastSequence: 302)),
    ]

    @Test(arguments: controls.indices)
    func controlFrames(_ index: Int) throws {
        let (name, frame) = Self.controls[index]
        let expected = try #require(try Self.vectors()[name], "wire.md has no vector \(name)")
        var loop = try Loop()
        loop.encoder.control(frame)
        let bytes = loop.encoder.take()
        #expect(bytes == expected, "\(name): \(Hex.string(bytes))")
        guard case .control(let read)? = try loop.read(expected).first else { throw Unexpected() }
        #expect(read == frame)
    }

    static let loss = LossRecord(
        reason: .queueFull, batches: 2, spans: 200, firstNanoseconds: 0x0100, lastNanoseconds: 0x0200)

    static let metrics = MetricBatch(
        series: [
            MetricSeries(name: "a_total", help: "h", kind: .counter, labels: [MetricLabel("k", "v")]),
            MetricSeries(name: "b_seconds", help: "", kind: .histogram(bounds: [0.5]), labels: []),
        ],
        points: [
            MetricPoint(series: 0, value: .delta(2)),
            MetricPoint(series: 1, value: .histogram(counts: [3, 1], sum: 2.25)),
        ], startNanoseconds: 1_000, endNanoseconds: 1_005)

    @Test func lossesMetricsAndPreamble() throws {
        let vectors = try Self.vectors()
        var preamble = FrameEncoder(limits: WireLimits(), compression: false)
        preamble.preamble()
        #expect(preamble.take() == vectors["preamble"])
        var loop = try Loop()
        loop.encoder.losses([Self.loss], sequence: 9)
        let losses = loop.encoder.take()
        #expect(losses == vectors["losses"], "\(Hex.string(losses))")
        guard case .submission(let first)? = try loop.read(try #require(vectors["losses"])).first,
            case .losses(let records) = first.content
        else { throw Unexpected() }
        #expect(records == [Self.loss] && first.sequence == 9)
        try loop.encoder.metrics(Self.metrics, sequence: 10)
        let metrics = loop.encoder.take()
        #expect(metrics == vectors["metrics"], "\(Hex.string(metrics))")
        guard case .submission(let second)? = try loop.read(try #require(vectors["metrics"])).first,
            case .metrics(let batch) = second.content
        else { throw Unexpected() }
        #expect(batch == Self.metrics && second.sequence == 10)
    }

    static func spans(_ round: UInt64) -> [Span] {
        let resource = Resource(attributes: [Attribute("service.name", .string("fx"))], schemaURL: "")
        let trace = TraceID(high: 0x1112_1314_1516_1718, low: 0x2122_2324_2526_2700 + round)
        let start = 1_000_000 + round * 10_000
        let uetr = "0b6f1c5e-88aa-4b1e-9d3c-00000000000\(round)"
        let parent = SpanID(0xC0FF_EE00_0000_0000 + round * 2)
        return [
            Span(
                traceID: trace, spanID: parent, flags: 0x101, name: "POST /quote", kind: .server,
                startNanoseconds: start, endNanoseconds: start + 9_000,
                attributes: [
                    Attribute("http.response.status_code", .int(200)), Attribute("payment.uetr", .string(uetr)),
                    Attribute("rate", .double(1.25)),
                ], resource: resource, scope: InstrumentationScope(name: "w")),
            Span(
                traceID: trace, spanID: SpanID(parent.rawValue + 1), parentSpanID: parent, flags: 0x101,
                name: "GET /rates",
                kind: .client, startNanoseconds: start + 2_000, endNanoseconds: start + 5_000,
                attributes: [Attribute("payment.uetr", .string(uetr))],
                events: [SpanEvent(timeNanoseconds: start + 2_500, name: "retry")],
                status: SpanStatus(code: 2, message: "late"),
                resource: resource, scope: InstrumentationScope(name: "w")),
        ]
    }

    /// The second batch shows what a running session leaves out.
    @Test func spanBatches() throws {
        let vectors = try Self.vectors()
        var loop = try Loop(compression: false)
        for round in 1...2 {
            let name = round == 1 ? "spans" : "spans again"
            let batch = SpanBatch(Self.spans(UInt64(round)))
            try loop.encoder.spans(batch, sequence: UInt64(round))
            let bytes = loop.encoder.take()
            #expect(bytes == vectors[name], "\(name): \(Hex.string(bytes))")
            guard case .submission(let submission)? = try loop.read(try #require(vectors[name])).first,
                case .spans(let decoded) = submission.content
            else { throw Unexpected() }
            #expect((0..<decoded.count).map { decoded.span($0) } == Self.spans(UInt64(round)))
        }
        let reset = sealed(type: .dictionaryReset, payload: [])
        #expect(reset == vectors["dictionary reset"], "\(Hex.string(reset))")
    }
}
