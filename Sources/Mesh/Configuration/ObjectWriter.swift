/// Builds a JSON object, leaving out what is not there.
struct ObjectWriter {
    private var members: [JSONValue.Member] = []

    var value: JSONValue { .object(members) }

    mutating func add(_ key: String, _ value: JSONValue?) {
        if let value { members.append(JSONValue.Member(key, value)) }
    }

    mutating func add(_ key: String, _ text: String?) { add(key, text.map(JSONValue.string)) }
    mutating func add(_ key: String, _ number: Int?) { add(key, number.map { .integer(Int64($0)) }) }
    mutating func add(_ key: String, _ flag: Bool) { add(key, .bool(flag)) }

    mutating func add(_ key: String, _ values: [JSONValue]) {
        if !values.isEmpty { add(key, .array(values)) }
    }

    /// The members of another object, after those that are there.
    mutating func add(membersOf value: JSONValue) {
        if case .object(let more) = value { members += more }
    }
}
