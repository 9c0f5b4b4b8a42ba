extension JSONValue {
    /// The value as indented JSON, members in their order, with a line break at the end.
    public var text: String {
        var output = ""
        write(to: &output, indent: 0)
        output.append("\n")
        return output
    }

    private func write(to output: inout String, indent: Int) {
        switch self {
        case .null: output.append("null")
        case .bool(let flag): output.append(flag ? "true" : "false")
        case .integer(let number): output.append(String(number))
        case .number(let number): output.append(number.isFinite ? String(number) : "null")
        case .string(let text): JSONString.append(text, to: &output)
        case .array(let elements):
            Self.writeList(elements.count, "[", "]", to: &output, indent: indent) { index, output in
                elements[index].write(to: &output, indent: indent + 1)
            }
        case .object(let members):
            Self.writeList(members.count, "{", "}", to: &output, indent: indent) { index, output in
                JSONString.append(members[index].key, to: &output)
                output.append(": ")
                members[index].value.write(to: &output, indent: indent + 1)
            }
        }
    }

    private static func writeList(
        _ count: Int, _ open: String, _ close: String, to output: inout String, indent: Int,
        element: (Int, inout String) -> Void
    ) {
        output.append(open)
        for index in 0..<count {
            output.append(index == 0 ? "\n" : ",\n")
            output.append(String(repeating: "  ", count: indent + 1))
            element(index, &output)
        }
        if count > 0 { output.append("\n" + String(repeating: "  ", count: indent)) }
        output.append(close)
    }
}
