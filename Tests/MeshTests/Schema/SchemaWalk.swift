import Mesh

/// Every place of some sound documents, with the schema that speaks of it.
struct SchemaWalk {
    struct Place {
        var document: JSONValue
        var path: [Step]
        var value: JSONValue
        var schema: SchemaFile.Node

        /// What the reader says to the document with another value here; `nil` when it takes it.
        func refusal(_ replacement: JSONValue?) -> String? {
            do {
                _ = try ProxyConfiguration(document.with(replacement, at: path[...]))
                return nil
            } catch { return "\(error)" }
        }
    }

    let file: SchemaFile
    private(set) var places: [Place] = []
    /// The properties that the documents have, by the pointer of their schema.
    private(set) var visited: Set<String> = []

    init(_ file: SchemaFile, _ documents: [JSONValue]) throws {
        self.file = file
        for document in documents { try visit(document, [], document, file.root) }
    }

    private mutating func visit(
        _ document: JSONValue, _ path: [Step], _ value: JSONValue, _ schema: SchemaFile.Node
    ) throws {
        places.append(Place(document: document, path: path, value: value, schema: schema))
        switch value {
        case .object(let members):
            let properties = try file.properties(schema, for: value)
            for member in members {
                guard let property = properties[member.key] else { continue }
                visited.insert(property.pointer)
                try visit(document, path + [.key(member.key)], member.value, property)
            }
        case .array(let elements):
            guard let items = try items(schema, value) else { return }
            for (index, element) in elements.enumerated() {
                try visit(document, path + [.index(index)], element, items)
            }
        default: break
        }
    }

    private func items(_ schema: SchemaFile.Node, _ value: JSONValue) throws -> SchemaFile.Node? {
        if let items = schema.child("items") { return items }
        return try file.target(of: schema).flatMap { try items($0, value) }
    }
}
