import Foundation
import Mesh
import TestSupport
import Testing

/// The schema judged by an independent validator, PyPI's `jsonschema`: it takes what the reader takes, and refuses what a
/// document alone can get wrong.
@Suite struct SchemaValidationTests {
    private static let script = ReferenceScript("config_schema_reference.py", packages: "the package jsonschema")

    private static let folder = String(
        #filePath.prefix(upTo: #filePath.range(of: "/Tests/", options: .backwards)!.lowerBound))

    private func line(_ document: JSONValue) -> String { document.text.replacingOccurrences(of: "\n", with: " ") }

    private func judge(_ lines: [String]) throws {
        let input = Array(lines.map { $0 + "\n" }.joined().utf8)
        let answer = try Self.script.run(["validate", Self.folder + "/Schemas/config.schema.json"], input: input)
        #expect(answer.status == 0)
        #expect(answer.lines == ["judged \(lines.count)"])
    }

    @Test(.enabled(if: script.isAvailable)) func whatTheReaderTakes() throws {
        var lines = SchemaTests.documents.map { "accept\t" + $0.replacingOccurrences(of: "\n", with: " ") }
        // And what it writes: every default spelled out.
        for document in SchemaTests.documents {
            lines.append("accept\t" + line(try ProxyConfiguration(json: Array(document.utf8)).json))
        }
        try judge(lines)
    }

    /// The pieces of configuration that the pages for people show.
    @Test(.enabled(if: script.isAvailable)) func whatTheDocumentationShows() throws {
        let text = try ["README.md", "Schemas/proxy.md"]
            .map { try String(contentsOfFile: "\(Self.folder)/\($0)", encoding: .utf8) }.joined(separator: "\n")
        let roots: Set = [
            "service", "identity", "inbound", "outbound", "listeners", "admin", "clusters", "telemetry", "accessLog",
            "privacy", "interception",
        ]
        var lines: [String] = []
        for block in text.components(separatedBy: "```json\n").dropFirst() {
            let shown = block.components(separatedBy: "```")[0].trimmingCharacters(in: .whitespacesAndNewlines)
            let whole = shown.hasPrefix("{") ? shown : "{\(shown)}"
            guard case .object(var members)? = try? JSONParser.parse(Array(whole.utf8)),
                roots.isSuperset(of: members.map(\.key))
            else { continue }
            if !members.contains(where: { $0.key == "service" }) {
                members.append(.init("service", .object([.init("name", .string("shown"))])))
            }
            lines.append("accept\t" + line(.object(members)))
        }
        #expect(lines.count >= 4)
        try judge(lines)
    }

    @Test(.enabled(if: script.isAvailable)) func whatTheReaderRefuses() throws {
        let file = try SchemaFile()
        let walk = try SchemaWalk(file, try SchemaTests.documents.map { try JSONParser.parse(Array($0.utf8)) })
        var broken: [JSONValue] = []
        for place in walk.places where !place.path.isEmpty {
            func add(_ value: JSONValue?, _ more: [Step] = []) {
                broken.append(place.document.with(value, at: (place.path + more)[...]))
            }
            switch place.value {
            case .integer:
                if let minimum = try file.keyword("minimum", place.schema, for: place.value)?.whole {
                    add(.integer(minimum - 1))
                }
                add(.string("7"))
            case .object:
                if case .object? = try file.keyword("additionalProperties", place.schema, for: place.value) {
                    add(.integer(7))
                } else {
                    add(.integer(1), [.key("no-such-key")])
                }
            case .string: add(.string(""))
            case .array, .bool, .number, .null: add(.integer(7_777))
            }
        }
        let stride = max(1, broken.count / (400 * TestSupport.Seed.soak))
        let lines = broken.enumerated().filter { $0.offset % stride == 0 }.map { "refuse\t" + line($0.element) }
        #expect(lines.count > 300)
        try judge(lines)
    }
}
