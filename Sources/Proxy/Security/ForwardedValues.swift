import NIOCore

/// The values of a list that several proxies have written, and which is passed on as one field.
struct ForwardedValues {
    private var fields: [HeaderField] = []

    mutating func add(_ field: HeaderField) {
        if field.valueLength > 0 { fields.append(field) }
    }

    /// Replaces the fields by one: what they say, then `start` and `end` as its last element. There is none when all of
    /// that is empty.
    func write(
        _ name: StaticString, in raw: UnsafeRawBufferPointer, to edits: inout HeadEdits, then start: [UInt8],
        _ end: [UInt8] = []
    ) {
        for field in fields { edits.remove(raw[field.nameRange].map { lowered($0) }) }
        if fields.isEmpty, start.isEmpty { return }
        edits.add(name) { output in
            for (index, field) in fields.enumerated() {
                if index > 0 { output.writeStaticString(", ") }
                output.writeBytes(UnsafeRawBufferPointer(rebasing: raw[field.valueRange]))
            }
            if !fields.isEmpty, !start.isEmpty { output.writeStaticString(", ") }
            output.writeBytes(start)
            output.writeBytes(end)
        }
    }
}
