/// Names the field at a byte offset by walking the request again, so that decoding keeps no account of where it is.
enum OTLPPath {
    /// Deeper paths end in `…`.
    private static let maximumComponents = 24

    /// The path of the innermost known field that holds `offset`, as far as the bytes can be read.
    static func path(
        to offset: Int, in body: UnsafeRawBufferPointer, root: OTLPSchema = .request
    ) -> String {
        guard let base = body.baseAddress else { return "" }
        var reader = ProtobufReader(base: base, range: 0..<body.count)
        var message: OTLPSchema? = root
        var components: [String] = []
        while let schema = message {
            if components.count == maximumComponents {
                components.append("…")
                break
            }
            guard let step = step(&reader, schema, to: offset) else { break }
            components.append(step.name)
            message = step.inside ? step.message : nil
        }
        return components.joined(separator: ".")
    }

    private struct Step {
        var name: String
        /// Whether `offset` is in the field's body, not in its tag or length.
        var inside: Bool
        var message: OTLPSchema?
    }

    /// Finds the field that holds `offset` and enters it.
    private static func step(_ reader: inout ProtobufReader, _ schema: OTLPSchema, to offset: Int) -> Step? {
        var counts: [UInt64: Int] = [:]
        while !reader.atEnd {
            guard let tag = try? reader.tag() else { return nil }
            let field = schema.field(tag >> 3)
            let index = counts[tag >> 3, default: 0]
            counts[tag >> 3] = index + 1
            var name = field?.name ?? "field \(tag >> 3)"
            if field?.isRepeated == true { name += "[\(index)]" }
            if tag & 7 == ProtobufReader.WireType.bytes {
                guard let range = try? reader.body() else { return Step(name: name, inside: false) }
                if offset < range.upperBound || offset == range.upperBound && reader.atEnd {
                    _ = reader.enter(range)
                    return Step(name: name, inside: offset >= range.lowerBound, message: field?.message)
                }
            } else {
                guard (try? reader.skip(tag, known: 0)) != nil else { return Step(name: name, inside: false) }
                if offset < reader.position { return Step(name: name, inside: false) }
            }
        }
        return nil
    }
}
