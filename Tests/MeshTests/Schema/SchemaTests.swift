import Foundation
import Mesh
import Testing

/// `Schemas/config.schema.json` says what the reader of configurations takes: the same keys, ranges, choices, bounds and
/// defaults. Who adds a key adds it there, and to one of the documents here.
@Suite struct SchemaTests {
    /// Sound documents that together have every key.
    static let documents = [
        ProxyConfigurationTests.whole, TrafficConfigurationTests.whole, DeclaredListenerTests.whole,
        InterceptionConfigurationTests.whole, SchemaCorpus.rest, SchemaCorpus.streams,
    ]

    private static func walk() throws -> SchemaWalk {
        try SchemaWalk(try SchemaFile(), try documents.map { try JSONParser.parse(Array($0.utf8)) })
    }

    private func isFree(_ place: SchemaWalk.Place, _ walk: SchemaWalk) throws -> Bool {
        if case .object? = try walk.file.keyword("additionalProperties", place.schema, for: place.value) { return true }
        return false
    }

    @Test func theDocumentsAreSound() throws {
        for document in Self.documents { _ = try ProxyConfiguration(json: Array(document.utf8)) }
    }

    @Test func everyObjectHasTheKeysThatTheReaderKnows() throws {
        let walk = try Self.walk()
        for place in walk.places {
            guard case .object = place.value, try !isFree(place, walk) else { continue }
            let name = "no-such-key"
            let document = place.document.with(.integer(1), at: (place.path + [.key(name)])[...])
            let error = #expect(throws: ConfigurationError.self, "\(place.path.text)") {
                try ProxyConfiguration(document)
            }
            let start = "unknown key; known here are "
            guard let message = error?.message, message.hasPrefix(start) else {
                Issue.record("\(place.path.text): \(error?.description ?? "taken")")
                continue
            }
            let known = Set(message.dropFirst(start.count).components(separatedBy: ", "))
            let described = Set(try walk.file.properties(place.schema, for: place.value).keys)
            let missing = known.subtracting(described).sorted()
            let unknown = described.subtracting(known).sorted()
            #expect(missing.isEmpty, "\(place.path.text): Schemas/config.schema.json lacks these keys")
            #expect(unknown.isEmpty, "\(place.path.text): Schemas/config.schema.json has keys that nobody reads")
        }
    }

    @Test func everyDescribedKeyIsInADocument() throws {
        let walk = try Self.walk()
        let never = walk.file.declared().subtracting(walk.visited).sorted()
        #expect(never.isEmpty, "no document of this test has these keys: add them to one")
    }

    @Test func rangesAreTheReaders() throws {
        let walk = try Self.walk()
        for place in walk.places where place.value.whole != nil {
            let minimum = try walk.file.keyword("minimum", place.schema, for: place.value)?.whole
            let maximum = try walk.file.keyword("maximum", place.schema, for: place.value)?.whole
            guard let minimum, let maximum else {
                Issue.record("\(place.schema.pointer) has no minimum or no maximum")
                continue
            }
            let depends = try walk.file.keyword("$comment", place.schema, for: place.value) != nil
            for outside in [minimum - 1, maximum + 1] {
                let refusal = place.refusal(.integer(outside)) ?? "taken"
                #expect(refusal.hasPrefix(place.path.text), "\(place.path.text) = \(outside): \(refusal)")
                guard let bounds = refusal.firstMatch(of: /out of range; (\d+) to (\d+) are possible/), !depends else {
                    continue
                }
                #expect(Int64(bounds.1) == minimum, "\(place.schema.pointer)/minimum")
                #expect(Int64(bounds.2) == maximum, "\(place.schema.pointer)/maximum")
            }
        }
    }

    @Test func choicesAreTheReaders() throws {
        let walk = try Self.walk()
        for place in walk.places {
            guard case .array(let listed)? = try walk.file.keyword("enum", place.schema, for: place.value) else {
                continue
            }
            let refusal = place.refusal(.string("no-such-choice")) ?? "taken"
            guard let start = refusal.firstRange(of: " is not one of ") else {
                Issue.record("\(place.path.text): \(refusal)")
                continue
            }
            let told = refusal[start.upperBound...].components(separatedBy: ", ").map { $0.filter { $0 != "\"" } }
            let described = listed.compactMap(\.string)
            // A declared listener's protocol is looked for among those of HTTP first.
            if case .key("protocol")? = place.path.last, place.path.first == .key("listeners") { continue }
            let depends = try walk.file.keyword("$comment", place.schema, for: place.value) != nil
            if depends || place.path.last == .key("security") {
                #expect(Set(described).isSubset(of: Set(told)), "\(place.schema.pointer)")
                continue
            }
            #expect(Set(told) == Set(described), "\(place.schema.pointer)")
        }
    }

    @Test func lengthsAndCountsAreTheReaders() throws {
        let walk = try Self.walk()
        for place in walk.places {
            switch place.value {
            case .string:
                guard let maximum = try walk.file.keyword("maxLength", place.schema, for: place.value)?.whole else {
                    continue
                }
                let long = place.refusal(.string(String(repeating: "x", count: Int(maximum) + 1))) ?? "taken"
                #expect(long.contains("; at most \(maximum) are possible"), "\(place.schema.pointer): \(long)")
                #expect(place.refusal(.string("")) == "\(place.path.text): must not be empty")
            case .array(let elements):
                guard let first = elements.first else { continue }
                let maximum = try walk.file.keyword("maxItems", place.schema, for: place.value)?.whole
                guard let maximum else {
                    Issue.record("\(place.schema.pointer) has no maxItems")
                    continue
                }
                let many = place.refusal(.array(Array(repeating: first, count: Int(maximum) + 1))) ?? "taken"
                #expect(many.contains("; at most \(maximum) are possible"), "\(place.schema.pointer): \(many)")
            case .object(let members):
                guard let maximum = try walk.file.keyword("maxProperties", place.schema, for: place.value)?.whole,
                    let first = members.first
                else { continue }
                let many = (0...maximum).map { JSONValue.Member("key\($0)", first.value) }
                let refusal = place.refusal(.object(many)) ?? "taken"
                #expect(refusal.contains("; at most \(maximum) are possible"), "\(place.schema.pointer): \(refusal)")
            default: break
            }
        }
    }

    @Test func typesAreTheReaders() throws {
        let walk = try Self.walk()
        let others: [JSONValue] = [.bool(true), .integer(7), .string("x"), .array([]), .object([])]
        for place in walk.places where !place.path.isEmpty {
            for other in others where other.schemaType != place.value.schemaType {
                let type = try walk.file.keyword("type", place.schema, for: other)?.string
                if type == other.schemaType || type == "number" && other.schemaType == "integer" { continue }
                #expect(place.refusal(other) != nil, "\(place.path.text) takes \(other.kindName)")
            }
        }
    }

    @Test func whatIsRequiredIsTheReaders() throws {
        let walk = try Self.walk()
        for place in walk.places {
            guard case .object = place.value, try !isFree(place, walk) else { continue }
            let required = try walk.file.required(place.schema, for: place.value)
            for key in place.value.keys {
                var member = place
                member.path.append(.key(key))
                let refusal = member.refusal(nil)
                if refusal == "\(member.path.text): missing" {
                    #expect(required.contains(key), "\(place.schema.pointer) requires \(key)")
                }
            }
            for key in required where place.value[key] != nil {
                var emptied = place
                emptied.path.append(.key(key))
                let isAlternative = try walk.file.hasAlternatives(place.schema)
                #expect(emptied.refusal(nil) != nil || isAlternative, "\(emptied.path.text) can be left out")
            }
        }
    }

    /// A value that is left out is written with its default.
    @Test func defaultsAreTheReaders() throws {
        let walk = try Self.walk()
        for place in walk.places {
            guard case .object = place.value, try !isFree(place, walk) else { continue }
            for (key, schema) in try walk.file.properties(place.schema, for: place.value) {
                let path = place.path + [.key(key)]
                guard let read = try? ProxyConfiguration(place.document.with(nil, at: path[...])) else { continue }
                let written = read.json.at(path[...])
                let told = try walk.file.keyword("default", schema, for: .null)
                if try walk.file.keyword("$comment", schema, for: .null) != nil { continue }
                switch (written, told) {
                case (let written?, let told?): #expect(written == told, "\(schema.pointer)/default")
                case (.integer(let number)?, nil):
                    Issue.record("\(schema.pointer) has no default; the reader's is \(number)")
                default: break
                }
            }
        }
    }
}

extension SchemaFile {
    /// Whether one of several members is enough.
    func hasAlternatives(_ node: Node) throws -> Bool {
        if !node.branches("anyOf").isEmpty || !node.branches("oneOf").isEmpty { return true }
        return try target(of: node).map { try hasAlternatives($0) } ?? false
    }
}
