import Telemetry

/// A trace as a page of text: its spans as a tree with their times.
package struct TracePage {
    private static let maximumValueCells = 400

    private let spans: [Span]
    private let width: Int
    private let isVerbose: Bool

    package init(_ spans: [Span], width: Int, isVerbose: Bool) {
        self.spans = spans
        self.width = width
        self.isVerbose = isVerbose
    }

    package func lines() -> [StyledLine] {
        guard let first = spans.first else { return [] }
        let start = spans.map(\.startNanoseconds).min() ?? 0
        let end = spans.map { max($0.startNanoseconds, $0.endNanoseconds) }.max() ?? 0
        let services = Set(spans.map(\.resource.serviceName)).count
        let failed = spans.count { $0.status.isError }
        var title = StyledLine("Trace ", .dim)
        title.append(first.traceID.description, .bold)
        var facts = [
            JourneyPage.clock(Timestamp(nanoseconds: start)), DurationText.string(nanoseconds: end - start),
            JourneyPage.counted(spans.count, "span", "spans"), JourneyPage.counted(services, "service", "services"),
        ]
        if failed > 0 { facts.append("\(failed) failed") }
        let text = facts.map { $0.replacing(" ", with: "\u{A0}") }.joined(separator: " · ")
        var lines = [title] + TextWrap.paragraph("", text, width: width, style: .dim)
        lines.append(StyledLine())
        let waterfall = Waterfall(width: width)
        lines.append(waterfall.header("span", scale: end - start))
        return lines + waterfall.lines(TraceTree(spans).nodes.map { row($0, start) }, scale: end - start)
    }

    private func row(_ node: TraceTree.Node, _ traceStart: UInt64) -> Waterfall.Row {
        let span = node.span
        var row = Waterfall.Row()
        row.depth = node.depth
        row.subject = span.resource.serviceName
        row.text = span.name
        row.status = status(span)
        row.attempt = Self.kind(span.kind)
        row.start = span.startNanoseconds - traceStart
        row.duration = span.durationNanoseconds
        if span.status.isError {
            row.mark = "✗"
            row.style = .bad
        }
        if let parent = node.missingParent {
            row.details.append(Waterfall.Detail("its parent \(parent) is not stored", .warning))
        }
        if !span.status.message.isEmpty {
            row.details.append(Waterfall.Detail(span.status.message, span.status.isError ? .bad : .dim))
        } else if let code = span.grpcStatus, code != 0 {
            let kind = span.attributes.first("error.type").map { " " + $0.text } ?? ""
            row.details.append(Waterfall.Detail("gRPC status \(code)\(kind)", row.style))
        }
        if isVerbose { row.details += everything(span) }
        return row
    }

    /// HTTP says 200 whatever became of a call.
    private func status(_ span: Span) -> String {
        if let status = span.number(["http.response.status_code", "http.status_code"]), span.grpcStatus ?? 0 == 0 {
            return String(status)
        }
        return span.status.isError ? "err" : ""
    }

    private func everything(_ span: Span) -> [Waterfall.Detail] {
        var details = [
            Waterfall.Detail("span \(span.spanID)" + (span.parentSpanID.isValid ? " below \(span.parentSpanID)" : ""))
        ]
        details += span.attributes.map { Waterfall.Detail(Self.text($0)) }
        if span.droppedAttributesCount > 0 {
            details.append(Waterfall.Detail("\(span.droppedAttributesCount) attributes dropped at source"))
        }
        for event in span.events {
            let offset =
                event.timeNanoseconds >= span.startNanoseconds
                ? "+" + DurationText.string(nanoseconds: event.timeNanoseconds - span.startNanoseconds)
                : "-" + DurationText.string(nanoseconds: span.startNanoseconds - event.timeNanoseconds)
            details.append(Waterfall.Detail("event \(offset) \(event.name)"))
            details += event.attributes.map { Waterfall.Detail(Self.text($0), indent: 2) }
        }
        for link in span.links {
            details.append(Waterfall.Detail("link to span \(link.spanID) of trace \(link.traceID)"))
        }
        if !span.traceState.isEmpty { details.append(Waterfall.Detail("tracestate \(span.traceState)")) }
        details += span.resource.attributes.map { Waterfall.Detail("resource " + Self.text($0)) }
        if !span.scope.name.isEmpty {
            let version = span.scope.version.isEmpty ? "" : " \(span.scope.version)"
            details.append(Waterfall.Detail("scope \(span.scope.name)\(version)"))
        }
        return details
    }

    private static func text(_ attribute: Attribute) -> String {
        "\(attribute.key) = \(TerminalText.fit(TerminalText.clean(attribute.value.text), maximumValueCells))"
    }

    private static func kind(_ kind: SpanKind) -> String {
        switch kind {
        case .client: "C"
        case .server: "S"
        case .producer: "P"
        case .consumer: "Q"
        case .internal: "I"
        default: ""
        }
    }
}

extension Span {
    fileprivate var grpcStatus: Int? { number(["rpc.grpc.status_code", "grpc.status_code"]) }

    /// The first of these attributes; also where it came as text.
    fileprivate func number(_ keys: [String]) -> Int? {
        for key in keys {
            switch attributes.first(key) {
            case .int(let status)?: return Int(status)
            case .string(let status)?: if let number = Int(status) { return number }
            default: continue
            }
        }
        return nil
    }
}
