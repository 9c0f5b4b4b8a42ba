import Wire

/// The wire protocol's codec: bytes, encoding in the proxy, decoding in the collector.
enum WireBenchmark {
    /// The reference corpus' uncompressed OTLP size, which the budgets are shares of.
    static let referenceBytes = 504.0

    static func run(_ corpus: Corpus, name: String, budgetPercent: Double?) throws {
        var encoder = FrameEncoder(limits: WireLimits(), compression: true)
        var frames: [[UInt8]] = []
        for (index, batch) in corpus.batches.enumerated() {
            try encoder.spans(batch, sequence: UInt64(index + 1))
            frames.append(encoder.take())
        }
        // The first half fills the dictionaries; what a running session costs is the second.
        let half = frames.count / 2
        let bytes = frames[half...].reduce(0) { $0 + $1.count }
        let spans = corpus.batches[half...].reduce(0) { $0 + $1.count }
        let perSpan = Double(bytes) / Double(spans)
        Table.row("\(name): bytes", perSpan, "a span", budget: nil)
        Table.row(
            "\(name): share of \(Int(referenceBytes)) bytes", perSpan / referenceBytes * 100, "%", budget: budgetPercent
        )
        let encode = try CPUTime.best(of: 3, each: corpus.spans) {
            var encoder = FrameEncoder(limits: WireLimits(), compression: true)
            for (index, batch) in corpus.batches.enumerated() {
                try encoder.spans(batch, sequence: UInt64(index + 1))
                encoder.removeAll()
            }
        }
        Table.row("\(name): encode", encode, "ns a span", budget: 500)
        let decode = try CPUTime.best(of: 3, each: corpus.spans) {
            var decoder = FrameDecoder(limits: WireLimits())
            var preamble = FrameEncoder(limits: WireLimits(), compression: true)
            preamble.preamble()
            _ = try decoder.next(preamble.pending)
            var decoded = 0
            for frame in frames {
                try frame.withUnsafeBytes { bytes in
                    if case .submission(let submission)? = try decoder.next(bytes),
                        case .spans(let batch) = submission.content
                    {
                        decoded += batch.count
                    }
                }
            }
            precondition(decoded == corpus.spans, "every span is decoded")
        }
        Table.row("\(name): decode", decode, "ns a span", budget: 500)
    }
}
