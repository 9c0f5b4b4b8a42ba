import Telemetry

/// Spans, resources and scopes as bytes that depend on nothing but their content: what is hashed, and how resources
/// and scopes are stored. The layout is in `Schemas/segment.md`. Valid while the batch's arrays are borrowed.
struct CanonicalForm {
    /// Where a string lies in the arena, or a layout in the fields.
    struct Extent: BitwiseCopyable {
        var start: UInt32
        var count: UInt32
    }

    let sink: ByteSink
    let arena: UnsafeRawBufferPointer
    let strings: GrowingBuffer<Extent>
    let fields: UnsafeBufferPointer<ShapeField>
    let layouts: GrowingBuffer<Extent>
    let values: UnsafeBufferPointer<UInt64>

    @inline(__always)
    func string(_ ref: StringRef) {
        if ref.rawValue == 0 {
            sink.byte(0)
            return
        }
        let extent = strings[Int(ref.rawValue)]
        sink.string(arena.baseAddress.unsafelyUnwrapped + Int(extent.start), count: Int(extent.count))
    }

    @inline(__always)
    func value(_ type: ValueType, _ payload: UInt64) {
        switch type {
        case .string, .bytes, .array, .map: string(StringRef(UInt32(truncatingIfNeeded: payload)))
        case .int: sink.zigzag(Int64(bitPattern: payload))
        case .bool: sink.byte(payload == 0 ? 0 : 1)
        case .double: sink.fixed64(payload)
        case .empty: break
        }
    }

    /// The fields of a list's layout and its payloads, which must lie inside the batch.
    @inline(__always)
    func parts(
        of list: AttributeList
    ) -> (fields: UnsafeBufferPointer<ShapeField>, values: UnsafeBufferPointer<UInt64>) {
        let layout = layouts[Int(list.shape)]
        if layout.count == 0 {
            return (UnsafeBufferPointer(start: nil, count: 0), UnsafeBufferPointer(start: nil, count: 0))
        }
        let count = Int(layout.count)
        precondition(Int(list.start) + count <= values.count, "an attribute list lies outside its batch")
        return (
            UnsafeBufferPointer(start: fields.baseAddress.unsafelyUnwrapped + Int(layout.start), count: count),
            UnsafeBufferPointer(start: values.baseAddress.unsafelyUnwrapped + Int(list.start), count: count)
        )
    }

    func list(_ list: AttributeList) {
        let (fields, values) = parts(of: list)
        sink.varint(fields.count)
        for index in 0..<fields.count {
            string(fields[index].key)
            sink.byte(fields[index].type.rawValue)
            value(fields[index].type, values[index])
        }
    }

    func resource(_ record: ResourceRecord) {
        list(record.attributes)
        sink.varint(record.droppedAttributes)
        string(record.schemaURL)
        string(record.entityReferences)
    }

    func scope(_ record: ScopeRecord) {
        string(record.name)
        string(record.version)
        list(record.attributes)
        sink.varint(record.droppedAttributes)
        string(record.schemaURL)
    }

    func event(_ record: EventRecord) {
        sink.fixed64(record.timeNanoseconds)
        string(record.name)
        list(record.attributes)
        sink.varint(record.droppedAttributes)
    }

    func link(_ record: LinkRecord) {
        traceID(record.traceID)
        sink.fixed64(record.spanID.rawValue.byteSwapped)
        string(record.traceState)
        list(record.attributes)
        sink.varint(record.droppedAttributes)
        sink.fixed32(record.flags)
    }

    @inline(__always)
    func traceID(_ id: TraceID) {
        sink.fixed64(id.high.byteSwapped)
        sink.fixed64(id.low.byteSwapped)
    }
}
