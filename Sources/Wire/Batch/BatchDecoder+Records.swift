import Telemetry

extension BatchDecoder {
    /// The batch's own number of an attribute layout.
    @inline(__always)
    mutating func batchShape(
        _ number: UInt32, _ batch: inout SpanBatch, _ cursor: borrowing ByteCursor
    ) throws(WireError) -> UInt32 {
        let known = shapeOfLayout[Int(number)]
        return known != .max ? known : try placeShape(number, &batch, cursor)
    }

    private mutating func placeShape(
        _ number: UInt32, _ batch: inout SpanBatch, _ cursor: borrowing ByteCursor
    ) throws(WireError) -> UInt32 {
        layout.removeAll(keepingCapacity: true)
        for index in layoutStart[Int(number)]..<layoutStart[Int(number) + 1] {
            let field = layoutFields[index]
            let key = try reference(UInt64(field.key) << 1, &batch, cursor, "attribute key")
            layout.append(ShapeField(key: key, type: field.type))
        }
        let shape = batch.shapes.intern(layout)
        shapeOfLayout[Int(number)] = shape
        return shape
    }

    @inline(__always)
    mutating func batchResource(
        _ number: UInt32, _ batch: inout SpanBatch, _ cursor: borrowing ByteCursor
    ) throws(WireError) -> UInt32 {
        let known = indexOfResource[Int(number)]
        if known != .max { return known }
        // Attribute values are placed when the rows' are: until then `start` is where the definition has them.
        let defined = resources[Int(number)]
        let record = ResourceRecord(
            attributes: AttributeList(
                shape: try batchShape(defined.layout, &batch, cursor), start: UInt32(defined.values)),
            droppedAttributes: defined.dropped,
            schemaURL: try reference(UInt64(defined.schemaURL) << 1, &batch, cursor, "resource schema URL"),
            entityReferences: try reference(
                UInt64(defined.entityReferences) << 1, &batch, cursor, "resource entity references"))
        let index = UInt32(batch.resources.count)
        batch.resources.append(record)
        indexOfResource[Int(number)] = index
        return index
    }

    @inline(__always)
    mutating func batchScope(
        _ number: UInt32, _ batch: inout SpanBatch, _ cursor: borrowing ByteCursor
    ) throws(WireError) -> UInt32 {
        let known = indexOfScope[Int(number)]
        if known != .max { return known }
        let defined = scopes[Int(number)]
        let record = ScopeRecord(
            name: try reference(UInt64(defined.name) << 1, &batch, cursor, "scope name"),
            version: try reference(UInt64(defined.version) << 1, &batch, cursor, "scope version"),
            attributes: AttributeList(
                shape: try batchShape(defined.layout, &batch, cursor), start: UInt32(defined.values)),
            droppedAttributes: defined.dropped,
            schemaURL: try reference(UInt64(defined.schemaURL) << 1, &batch, cursor, "scope schema URL"))
        let index = UInt32(batch.scopes.count)
        batch.scopes.append(record)
        indexOfScope[Int(number)] = index
        return index
    }

    /// Appends the values of the batch's resources and scopes behind those of the rows.
    mutating func placeDefinedValues(_ batch: inout SpanBatch, _ cursor: borrowing ByteCursor) throws(WireError) {
        for index in batch.resources.indices {
            batch.resources[index].attributes = try placed(batch.resources[index].attributes, &batch, cursor)
        }
        for index in batch.scopes.indices {
            batch.scopes[index].attributes = try placed(batch.scopes[index].attributes, &batch, cursor)
        }
    }

    private mutating func placed(
        _ list: AttributeList, _ batch: inout SpanBatch, _ cursor: borrowing ByteCursor
    ) throws(WireError) -> AttributeList {
        if list.shape == 0 { return .empty }
        let start = UInt32(batch.values.count)
        let fields = batch.shapes.range(list.shape)
        for index in fields {
            let wire = definedValues[Int(list.start) + index - fields.lowerBound]
            let value = try payload(wire, batch.shapes.fields[index].type, &batch, cursor)
            batch.values.append(value)
        }
        return AttributeList(shape: list.shape, start: start)
    }

    /// What a value of the wire is in a batch.
    @inline(__always)
    mutating func payload(
        _ wire: UInt64, _ type: ValueType, _ batch: inout SpanBatch, _ cursor: borrowing ByteCursor
    ) throws(WireError) -> UInt64 {
        switch type {
        case .string, .bytes:
            return UInt64(try reference(wire, &batch, cursor, "value").rawValue)
        case .array, .map:
            let ref = try reference(wire, &batch, cursor, "value")
            try checkNested(ref, type, batch, cursor)
            return UInt64(ref.rawValue)
        case .int, .double: return wire
        case .bool, .empty:
            guard wire <= (type == .bool ? 1 : 0) else { throw cursor.failure("value", "0 or 1 for a boolean") }
            return wire
        }
    }

    private mutating func checkNested(
        _ ref: StringRef, _ type: ValueType, _ batch: borrowing SpanBatch, _ cursor: borrowing ByteCursor
    ) throws(WireError) {
        let bit: UInt8 = type == .array ? 1 : 2
        let checked = checkedNested[UInt64(ref.rawValue), default: 0]
        if checked & bit != 0 { return }
        let bytes = batch.strings.bytes(ref)
        let isWellFormed =
            type == .array
            ? NestedValue.decode(array: bytes[...]) != nil : NestedValue.decode(map: bytes[...]) != nil
        guard isWellFormed else {
            throw cursor.failure("value", "an encoded \(type == .array ? "ArrayValue" : "KeyValueList")")
        }
        checkedNested[UInt64(ref.rawValue)] = checked | bit
    }
}
