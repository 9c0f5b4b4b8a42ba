import ArgumentParser
import Interop
import Telemetry

/// `waybill trace ID`: every span of one trace.
struct TraceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Show every span of one trace.",
        usage: "waybill trace <id> [<options>]",
        discussion: """
            The spans as a tree: service, name, kind (C client, S server, P producer, Q consumer, I internal), status, \
            start and duration. Exit status: 0 found, 1 no such trace, 2 usage, 3 collector not reached.
            """)

    @Argument(help: ArgumentHelp("The trace id: 32 hexadecimal digits.", valueName: "id"))
    var id: String
    @Flag(help: "Print OTLP JSON.")
    var json = false
    @Flag(name: .shortAndLong, help: "With attributes, events, links and resources.")
    var verbose = false
    @OptionGroup var address: CollectorAddress
    @OptionGroup var page: PageOptions

    func validate() throws {
        guard let trace = TraceID(hex: id), trace.isValid else {
            throw ValidationError("'\(id)' is not a trace id: expected 32 hexadecimal digits, not all zero.")
        }
    }

    func run() async throws {
        let path = "/api/v1/traces/" + CollectorQuery.escape(id)
        if json {
            let body = await CollectorQuery.get(address, path: path, accept: "application/json")
            StandardOutput.write(body + (body.last == UInt8(ascii: "\n") ? [] : [UInt8(ascii: "\n")]))
            return
        }
        let body = await CollectorQuery.get(address, path: path, accept: "application/x-protobuf")
        let lines = TracePage(decode(body), width: page.columns, isVerbose: verbose).lines()
        StandardOutput.write(lines.text(colored: page.color.isColoredHere))
    }

    private func decode(_ body: [UInt8]) -> [Span] {
        // What the collector took in many requests, some of them by other doors, comes back as one message.
        var decoder = OTLPTraceDecoder(
            limits: OTLPLimits(
                maximumBytes: Int(UInt32.max), maximumSpans: .max, maximumAttributes: 1 << 20,
                maximumEventsPerSpan: 1 << 20, maximumLinksPerSpan: 1 << 20, maximumKeyBytes: 1 << 24,
                maximumValueBytes: 1 << 28))
        var batch = SpanBatch()
        do {
            let outcome = try body.withUnsafeBytes { try decoder.decode($0, into: &batch) }
            if outcome.rejected > 0 {
                Failure.exit(.unreachable, "The collector at \(address.url) sent spans that cannot be read.")
            }
        } catch {
            Failure.exit(.unreachable, "The collector at \(address.url) sent a trace that cannot be read: \(error).")
        }
        return (0..<batch.count).map { batch.span($0) }
    }
}
