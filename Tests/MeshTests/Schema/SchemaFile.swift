import Foundation
import Mesh

/// `Schemas/config.schema.json`, as far as its tests must understand it: references, properties, and branches that a
/// value's `protocol` or type tells apart.
struct SchemaFile {
    /// A schema and where it stands.
    struct Node {
        var pointer: String
        var value: JSONValue

        func child(_ key: String) -> Node? { value[key].map { Node(pointer: "\(pointer)/\(key)", value: $0) } }

        /// The elements of an array.
        func branches(_ key: String) -> [Node] {
            guard case .array(let elements)? = value[key] else { return [] }
            return elements.enumerated().map { Node(pointer: "\(pointer)/\(key)/\($0.offset)", value: $0.element) }
        }

        func member(_ key: String) -> Node? { child("properties")?.child(key) }
    }

    let root: Node

    init() throws {
        let path =
            String(#filePath.prefix(upTo: #filePath.range(of: "/Tests/", options: .backwards)!.lowerBound))
            + "/Schemas/config.schema.json"
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        root = Node(pointer: "#", value: try JSONParser.parse(Array(bytes)))
    }

    /// Where `$ref` leads; `node` itself without one.
    func target(of node: Node) throws -> Node? {
        guard case .string(let reference)? = node.value["$ref"] else { return nil }
        var found: Node? = root
        for step in reference.split(separator: "/").dropFirst() { found = found?.child(String(step)) }
        guard let found else { throw Unusable(sentence: "\(node.pointer) refers to \(reference), which is not there") }
        return found
    }

    struct Unusable: Error { var sentence: String }

    /// The properties that an object may have, each with its schema.
    func properties(_ node: Node, for value: JSONValue) throws -> [String: Node] {
        var found: [String: Node] = [:]
        if let target = try target(of: node) { found = try properties(target, for: value) }
        for key in node.value["properties"]?.keys ?? [] { found[key] = node.member(key) }
        for branch in ["allOf", "anyOf", "oneOf"].flatMap(node.branches) where try fits(branch, value) {
            found.merge(try properties(branch, for: value)) { first, _ in first }
        }
        return found
    }

    /// The names that are required, by any branch that fits.
    func required(_ node: Node, for value: JSONValue) throws -> Set<String> {
        var names: Set<String> = []
        if let target = try target(of: node) { names = try required(target, for: value) }
        if case .array(let listed)? = node.value["required"] { names.formUnion(listed.compactMap(\.string)) }
        for branch in ["allOf", "anyOf", "oneOf"].flatMap(node.branches) where try fits(branch, value) {
            names.formUnion(try required(branch, for: value))
        }
        return names
    }

    /// A keyword of the node, or of what it refers to, or of the branch that fits.
    func keyword(_ key: String, _ node: Node, for value: JSONValue) throws -> JSONValue? {
        if let found = node.value[key] { return found }
        if let target = try target(of: node), let found = try keyword(key, target, for: value) { return found }
        for branch in ["anyOf", "oneOf"].flatMap(node.branches) where try fits(branch, value) {
            if let found = try keyword(key, branch, for: value) { return found }
        }
        return nil
    }

    /// Whether a branch can be meant by a value: its type, and the properties that have a constant or a choice.
    private func fits(_ branch: Node, _ value: JSONValue) throws -> Bool {
        if let target = try target(of: branch), try !fits(target, value) { return false }
        if case .string(let type)? = branch.value["type"], type != value.schemaType { return false }
        for key in branch.value["properties"]?.keys ?? [] {
            guard let schema = branch.member(key)?.value else { continue }
            if let constant = schema["const"], value[key] != constant { return false }
            if case .array(let choices)? = schema["enum"], let chosen = value[key], key == "protocol",
                !choices.contains(chosen)
            {
                return false
            }
        }
        return true
    }

    /// Every property that the file describes: `pointer of its schema`.
    func declared() -> Set<String> {
        var found: Set<String> = []
        func walk(_ node: Node) {
            switch node.value {
            case .object(let members):
                if node.pointer.hasSuffix("/properties") {
                    // `false` stands for what is known and never taken.
                    found.formUnion(
                        members.filter { $0.value != .bool(false) }.map { "\(node.pointer)/\($0.key)" })
                }
                for member in members { walk(Node(pointer: "\(node.pointer)/\(member.key)", value: member.value)) }
            case .array(let elements):
                for (index, element) in elements.enumerated() {
                    walk(Node(pointer: "\(node.pointer)/\(index)", value: element))
                }
            default: break
            }
        }
        walk(root)
        return found
    }
}
