import Mesh

/// One step into a document.
enum Step: Hashable {
    case key(String)
    case index(Int)
}

extension JSONValue {
    subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    var keys: [String] {
        guard case .object(let members) = self else { return [] }
        return members.map(\.key)
    }

    var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    var whole: Int64? {
        guard case .integer(let number) = self else { return nil }
        return number
    }

    /// As JSON Schema calls it.
    var schemaType: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .integer: "integer"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    func at(_ path: ArraySlice<Step>) -> JSONValue? {
        guard let step = path.first else { return self }
        switch (step, self) {
        case (.key(let key), _): return self[key]?.at(path.dropFirst())
        case (.index(let index), .array(let elements)) where elements.indices.contains(index):
            return elements[index].at(path.dropFirst())
        default: return nil
        }
    }

    /// The document with another value at a place; without the member when it is `nil`.
    func with(_ value: JSONValue?, at path: ArraySlice<Step>) -> JSONValue {
        guard let step = path.first else { return value ?? .null }
        let rest = path.dropFirst()
        switch (step, self) {
        case (.key(let key), .object(var members)):
            guard let index = members.firstIndex(where: { $0.key == key }) else {
                if let value, rest.isEmpty { members.append(Member(key, value)) }
                return .object(members)
            }
            if rest.isEmpty, value == nil {
                members.remove(at: index)
            } else {
                members[index].value = members[index].value.with(value, at: rest)
            }
            return .object(members)
        case (.index(let index), .array(var elements)):
            elements[index] = elements[index].with(value, at: rest)
            return .array(elements)
        default: return self
        }
    }
}

extension Array<Step> {
    /// As the configuration's errors write it.
    var text: String {
        reduce("") { text, step in
            switch step {
            case .key(let key): text.isEmpty ? key : "\(text).\(key)"
            case .index(let index): "\(text)[\(index)]"
            }
        }
    }
}
