/// Names the value at a byte offset by walking the document again, so that decoding keeps no account of where it is.
enum JSONPath {
    /// Deeper paths end in `…`.
    private static let maximumComponents = 24
    private static let maximumNameBytes = 100

    /// The path of the innermost value that holds `offset`, as `resourceSpans[0].scopeSpans[0].spans[3].name`.
    static func path(to offset: Int, in body: UnsafeRawBufferPointer) -> String {
        guard let base = body.baseAddress else { return "" }
        var reader = JSONReader(base: base, count: body.count)
        defer { reader.free() }
        var path = ""
        for _ in 0..<maximumComponents {
            guard let step = try? step(&reader, to: offset) else { return path }
            path += step.hasPrefix("[") || path.isEmpty ? step : "." + step
        }
        return path + ".…"
    }

    /// Enters the member or element that holds `offset`; `nil` when the value at the cursor holds none that does.
    private static func step(_ reader: inout JSONReader, to offset: Int) throws(DecodeFault) -> String? {
        var isFirst = true
        switch try reader.next() {
        case 0x7B:
            try reader.enterObject()
            while try reader.nextName(&isFirst), reader.position <= offset {
                let name = String(decoding: try reader.name().prefix(maximumNameBytes), as: UTF8.self)
                if try enters(&reader, offset) { return name }
            }
        case 0x5B:
            try reader.enterArray()
            var index = 0
            while try reader.nextElement(&isFirst), reader.position <= offset {
                if try enters(&reader, offset) { return "[\(index)]" }
                index += 1
            }
        default: break
        }
        return nil
    }

    /// Whether the value at the cursor ends behind `offset`, or cannot be read: the cursor stays there. Else moves past
    /// it.
    private static func enters(_ reader: inout JSONReader, _ offset: Int) throws(DecodeFault) -> Bool {
        _ = try reader.next()
        let start = reader.position
        let depth = reader.depth
        if (try? reader.skip()) != nil, offset >= reader.position { return false }
        reader.position = start
        reader.depth = depth
        return true
    }
}
