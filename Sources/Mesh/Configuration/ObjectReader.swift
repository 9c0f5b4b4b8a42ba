/// Reads the members of one JSON object by name, checks each value's type and range, and refuses what nobody asked for.
struct ObjectReader {
    let path: String
    private var members: [String: JSONValue] = [:]
    private var known: [String] = []

    init(_ value: JSONValue, path: String) throws(ConfigurationError) {
        guard case .object(let members) = value else {
            throw ConfigurationError(path: path, message: "expected an object, found \(value.kindName)")
        }
        self.path = path
        for member in members { self.members[member.key] = member.value }
    }

    func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    func error(_ key: String, _ message: String) -> ConfigurationError {
        ConfigurationError(path: path(of: key), message: message)
    }

    /// Refuses members that no call has named.
    func finish() throws(ConfigurationError) {
        for key in members.keys.sorted() where !known.contains(key) {
            throw error(key, "unknown key; known here are \(known.joined(separator: ", "))")
        }
    }

    /// The member, or nothing where it is missing or null.
    mutating func value(_ key: String) -> JSONValue? {
        known.append(key)
        guard let value = members[key], value != .null else { return nil }
        return value
    }

    mutating func required(_ key: String) throws(ConfigurationError) -> JSONValue {
        guard let value = value(key) else { throw error(key, "missing") }
        return value
    }

    mutating func text(_ key: String, maximumBytes: Int = 4096) throws(ConfigurationError) -> String? {
        guard let value = value(key) else { return nil }
        return try Self.text(value, path: path(of: key), maximumBytes: maximumBytes)
    }

    mutating func requiredText(_ key: String, maximumBytes: Int = 4096) throws(ConfigurationError) -> String {
        guard let text = try text(key, maximumBytes: maximumBytes) else { throw error(key, "missing") }
        return text
    }

    mutating func integer(_ key: String, _ range: ClosedRange<Int>) throws(ConfigurationError) -> Int? {
        guard let value = value(key) else { return nil }
        guard case .integer(let integer) = value else {
            throw error(key, "expected an integer, found \(value.kindName)")
        }
        guard let number = Int(exactly: integer), range.contains(number) else {
            throw error(key, "\(integer) is out of range; \(range.lowerBound) to \(range.upperBound) are possible")
        }
        return number
    }

    mutating func flag(_ key: String) throws(ConfigurationError) -> Bool? {
        guard let value = value(key) else { return nil }
        guard case .bool(let flag) = value else { throw error(key, "expected true or false, found \(value.kindName)") }
        return flag
    }

    /// One of the raw values of a string enumeration.
    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, _ type: Choice.Type
    ) throws(ConfigurationError) -> Choice? where Choice.RawValue == String {
        guard let text = try text(key) else { return nil }
        return try Self.choice(text, type, path: path(of: key))
    }

    /// A nested object, read by `read` and then checked for unknown keys.
    mutating func object<Value>(
        _ key: String, _ read: (inout ObjectReader) throws(ConfigurationError) -> Value
    ) throws(ConfigurationError) -> Value? {
        guard let value = value(key) else { return nil }
        return try Self.object(value, path: path(of: key), read)
    }

    /// The elements of an array, each with its path.
    mutating func list<Element>(
        _ key: String, maximumCount: Int, _ read: (JSONValue, String) throws(ConfigurationError) -> Element
    ) throws(ConfigurationError) -> [Element]? {
        guard let value = value(key) else { return nil }
        let path = path(of: key)
        guard case .array(let elements) = value else {
            throw error(key, "expected an array, found \(value.kindName)")
        }
        guard elements.count <= maximumCount else {
            throw error(key, "has \(elements.count) elements; at most \(maximumCount) are possible")
        }
        var output: [Element] = []
        for (index, element) in elements.enumerated() { output.append(try read(element, "\(path)[\(index)]")) }
        return output
    }

    static func object<Value>(
        _ value: JSONValue, path: String, _ read: (inout ObjectReader) throws(ConfigurationError) -> Value
    ) throws(ConfigurationError) -> Value {
        var reader = try ObjectReader(value, path: path)
        let result = try read(&reader)
        try reader.finish()
        return result
    }

    static func text(
        _ value: JSONValue, path: String, maximumBytes: Int = 4096
    ) throws(ConfigurationError) -> String {
        guard case .string(let text) = value else {
            throw ConfigurationError(path: path, message: "expected a string, found \(value.kindName)")
        }
        guard !text.isEmpty else { throw ConfigurationError(path: path, message: "must not be empty") }
        guard text.utf8.count <= maximumBytes else {
            throw ConfigurationError(
                path: path, message: "has \(text.utf8.count) bytes; at most \(maximumBytes) are possible")
        }
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw ConfigurationError(path: path, message: "must not contain control characters")
        }
        return text
    }

    static func choice<Choice: RawRepresentable & CaseIterable>(
        _ text: String, _ type: Choice.Type, path: String
    ) throws(ConfigurationError) -> Choice where Choice.RawValue == String {
        guard let choice = Choice(rawValue: text) else {
            let possible = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            throw ConfigurationError(path: path, message: "\"\(text)\" is not one of \(possible)")
        }
        return choice
    }
}
