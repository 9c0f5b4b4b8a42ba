import Foundation
import Telemetry
import Testing

/// OpenTelemetry's own Python SDK exports; what it says it sent comes back equal.
@Suite(.serialized, .timeLimit(.minutes(2))) struct PythonSDKTests {
    static let isUsable = PythonScript.canImport("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.grpc")

    @Test(
        .enabled(if: isUsable),
        arguments: [("http", "none"), ("http", "gzip"), ("http", "deflate"), ("grpc", "none"), ("grpc", "gzip")])
    func exportsAndReadsBack(protocol name: String, compression: String) async throws {
        let directory = try TemporaryDirectory()
        let collector = try await RunningCollector(data: directory.file("data"))
        let address = name == "grpc" ? collector.grpc : collector.otlp
        let document = try await PythonScript.object("export.py", [name, address, compression])
        #expect(document["results"] as? [String] == ["SUCCESS", "SUCCESS"])
        let sent = try #require(document["spans"] as? [[String: Any]])
        #expect(sent.count == 2)
        let trace = try #require(sent.first?["traceID"] as? String)
        let stored = try await collector.trace(trace)
        #expect(stored.count == sent.count)
        for span in sent {
            let kept = try #require(stored.first { $0.spanID.description == span["spanID"] as? String })
            try compare(kept, span)
        }
        let journey = try #require(try await collector.journey("PY-77"))
        #expect(journey.summary.spans == 2)
        #expect(journey.hops.first?.callee?.source.door == "otlp-\(name)")
        try await collector.stop()
    }

    private func compare(_ kept: Span, _ sent: [String: Any]) throws {
        #expect(kept.name == sent["name"] as? String)
        #expect(Int(kept.kind.rawValue) == sent["kind"] as? Int)
        #expect((kept.parentSpanID.isValid ? kept.parentSpanID.description : "") == sent["parent"] as? String)
        #expect(String(kept.startNanoseconds) == sent["start"] as? String)
        #expect(String(kept.endNanoseconds) == sent["end"] as? String)
        #expect(Int(kept.status.code) == sent["status"] as? Int)
        #expect(kept.status.message == sent["message"] as? String)
        try compare(kept.attributes, sent["attributes"])
        try compare(kept.resource.attributes, sent["resource"])
        #expect([kept.scope.name, kept.scope.version, kept.scope.schemaURL] == sent["scope"] as? [String])
        let events = try #require(sent["events"] as? [[String: Any]])
        #expect(kept.events.count == events.count)
        for (event, expected) in zip(kept.events, events) {
            #expect(event.name == expected["name"] as? String)
            #expect(String(event.timeNanoseconds) == expected["time"] as? String)
            try compare(event.attributes, expected["attributes"])
        }
        let links = try #require(sent["links"] as? [[String: Any]])
        #expect(kept.links.map(\.traceID.description) == links.map { $0["traceID"] as? String })
        for (link, expected) in zip(kept.links, links) { try compare(link.attributes, expected["attributes"]) }
    }

    private func compare(_ kept: [Attribute], _ sent: Any?) throws {
        let sent = try #require(sent as? [String: Any])
        #expect(Set(kept.map(\.key)) == Set(sent.keys))
        for attribute in kept {
            #expect(isEqual(attribute.value, sent[attribute.key]), "\(attribute)")
        }
    }

    private func isEqual(_ kept: AttributeValue, _ sent: Any?) -> Bool {
        switch kept {
        case .string(let text): return sent as? String == text
        case .bool(let flag): return sent as? Bool == flag
        case .int(let number): return sent as? Int == Int(number)
        case .double(let number): return sent as? Double == number
        case .array(let values):
            guard let list = sent as? [Any], list.count == values.count else { return false }
            return zip(values, list).allSatisfy { isEqual($0, $1) }
        default: return false
        }
    }
}
