import Telemetry

extension SpanBatch {
    /// Appends the resource whose canonical form `source` holds; returns its index.
    mutating func appendResource(canonical source: inout ByteSource) throws(StoreError) -> UInt32 {
        let attributes = try appendList(canonical: &source)
        resources.append(
            ResourceRecord(
                attributes: attributes, droppedAttributes: try source.word32("dropped attributes"),
                schemaURL: strings.intern(try source.string()), entityReferences: strings.intern(try source.string())))
        try source.expectEnd()
        return UInt32(resources.count - 1)
    }

    /// Appends the scope whose canonical form `source` holds; returns its index.
    mutating func appendScope(canonical source: inout ByteSource) throws(StoreError) -> UInt32 {
        let name = strings.intern(try source.string())
        let version = strings.intern(try source.string())
        let attributes = try appendList(canonical: &source)
        scopes.append(
            ScopeRecord(
                name: name, version: version, attributes: attributes,
                droppedAttributes: try source.word32("dropped attributes"),
                schemaURL: strings.intern(try source.string())))
        try source.expectEnd()
        return UInt32(scopes.count - 1)
    }

    private mutating func appendList(canonical source: inout ByteSource) throws(StoreError) -> AttributeList {
        let count = try source.count("attributes", limit: source.remaining)
        if count == 0 { return .empty }
        let start = UInt32(values.count)
        var fields: [ShapeField] = []
        for _ in 0..<count {
            let key = strings.intern(try source.string())
            let at = source.position
            guard let type = ValueType(rawValue: try source.byte()) else {
                throw source.error("an unknown value type", at: at)
            }
            fields.append(ShapeField(key: key, type: type))
            switch type {
            case .string, .bytes, .array, .map:
                values.append(UInt64(strings.intern(try source.string()).rawValue))
            case .int: values.append(UInt64(bitPattern: try source.zigzag()))
            case .bool: values.append(try source.byte() == 0 ? 0 : 1)
            case .double: values.append(try source.fixed64())
            case .empty: values.append(0)
            }
        }
        return AttributeList(shape: shapes.intern(fields), start: start)
    }
}
