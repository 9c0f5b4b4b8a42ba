import Telemetry

extension BatchDecoder {
    /// New dictionary strings, then the strings of this batch alone.
    mutating func readStrings(_ cursor: inout ByteCursor) throws(WireError) {
        let added = try cursor.count("new strings", limit: limits.maximumDictionaryStrings - stringCount)
        var previous = arena.count..<arena.count
        for _ in 0..<added {
            let start = arena.count
            try StringCoding.decode(
                &cursor, previous: previous, into: &arena, limit: limits.maximumDictionaryBytes)
            previous = start..<arena.count
            stringEnds.append(UInt32(arena.count))
        }
        batchArena.removeAll(keepingCapacity: true)
        batchEnds.removeAll(keepingCapacity: true)
        batchEnds.append(0)
        // Every string takes a byte of the frame, which bounds their number.
        let own = try cursor.count("batch strings", limit: cursor.remaining)
        previous = 0..<0
        for _ in 0..<own {
            let start = batchArena.count
            try StringCoding.decode(
                &cursor, previous: previous, into: &batchArena, limit: limits.maximumStringBytesPerBatch)
            previous = start..<batchArena.count
            batchEnds.append(UInt32(batchArena.count))
        }
    }

    private func dictionaryString(_ cursor: inout ByteCursor, _ field: StaticString) throws(WireError) -> UInt32 {
        let number = try cursor.varint(field)
        guard number <= UInt64(stringCount) else {
            throw cursor.failure(
                field, "one of the dictionary's \(stringCount) strings, not number \(number)", code: .danglingReference)
        }
        return UInt32(number)
    }

    private func layoutNumber(_ cursor: inout ByteCursor, _ field: StaticString) throws(WireError) -> UInt32 {
        let number = try cursor.varint(field)
        guard number < UInt64(layoutCount) else {
            throw cursor.failure(
                field, "one of \(layoutCount) attribute layouts, not number \(number)", code: .danglingReference)
        }
        return UInt32(number)
    }

    mutating func readLayouts(_ cursor: inout ByteCursor) throws(WireError) {
        let added = try cursor.count("new layouts", limit: limits.maximumDictionaryShapes - (layoutCount - 1))
        for _ in 0..<added {
            let room = min(limits.maximumAttributes, limits.maximumShapeFields - layoutFields.count)
            let fields = try cursor.count("layout fields", limit: room)
            for _ in 0..<fields {
                let packed = try cursor.varint("layout field")
                guard packed >> 3 <= UInt64(stringCount) else {
                    throw cursor.failure(
                        "layout field", "one of the dictionary's \(stringCount) strings, not number \(packed >> 3)",
                        code: .danglingReference)
                }
                // Three bits: all eight are types.
                let type = ValueType(rawValue: UInt8(packed & 7)) ?? .empty
                layoutFields.append(LayoutField(key: UInt32(packed >> 3), type: type))
            }
            layoutStart.append(layoutFields.count)
        }
    }

    mutating func readResources(_ cursor: inout ByteCursor) throws(WireError) {
        let added = try cursor.count("new resources", limit: limits.maximumDictionaryShapes - resources.count)
        for _ in 0..<added {
            let dropped = try cursor.uint32("resource dropped attributes")
            let schema = try dictionaryString(&cursor, "resource schema URL")
            let entities = try dictionaryString(&cursor, "resource entity references")
            let layout = try layoutNumber(&cursor, "resource attributes")
            let values = definedValues.count
            try readDefinedValues(&cursor, layout)
            resources.append(
                DefinedResource(
                    dropped: dropped, schemaURL: schema, entityReferences: entities, layout: layout, values: values))
        }
    }

    mutating func readScopes(_ cursor: inout ByteCursor) throws(WireError) {
        let added = try cursor.count("new scopes", limit: limits.maximumDictionaryShapes - scopes.count)
        for _ in 0..<added {
            let name = try dictionaryString(&cursor, "scope name")
            let version = try dictionaryString(&cursor, "scope version")
            let schema = try dictionaryString(&cursor, "scope schema URL")
            let dropped = try cursor.uint32("scope dropped attributes")
            let layout = try layoutNumber(&cursor, "scope attributes")
            let values = definedValues.count
            try readDefinedValues(&cursor, layout)
            scopes.append(
                DefinedScope(
                    name: name, version: version, schemaURL: schema, dropped: dropped, layout: layout, values: values))
        }
    }

    private mutating func readDefinedValues(_ cursor: inout ByteCursor, _ layout: UInt32) throws(WireError) {
        let fields = layoutStart[Int(layout)]..<layoutStart[Int(layout) + 1]
        guard definedValues.count + fields.count <= limits.maximumShapeFields else {
            throw cursor.failure(
                "attributes", "at most \(limits.maximumShapeFields) values of resources and scopes",
                code: .limitExceeded)
        }
        for field in fields {
            let type = layoutFields[field].type
            let value = try BatchDecoder.value(&cursor, type)
            if type.isReference, value & 1 != 0 || value >> 1 > UInt64(stringCount) {
                throw cursor.failure(
                    "attribute value", "one of the dictionary's \(stringCount) strings", code: .danglingReference)
            }
            definedValues.append(value)
        }
    }

    mutating func readShapes(_ cursor: inout ByteCursor) throws(WireError) {
        let added = try cursor.count("new shapes", limit: limits.maximumDictionaryShapes - shapes.count)
        for _ in 0..<added {
            let resource = try cursor.varint("shape resource")
            guard resource < UInt64(resources.count) else {
                throw cursor.failure(
                    "shape resource", "one of \(resources.count) resources, not number \(resource)",
                    code: .danglingReference)
            }
            let scope = try cursor.varint("shape scope")
            guard scope < UInt64(scopes.count) else {
                throw cursor.failure(
                    "shape scope", "one of \(scopes.count) scopes, not number \(scope)", code: .danglingReference)
            }
            let name = try dictionaryString(&cursor, "shape name")
            let kind = try cursor.int32("shape kind")
            let status = try cursor.int32("shape status code")
            let flags = try cursor.uint32("shape flags")
            let layout = try layoutNumber(&cursor, "shape layout")
            let columns = layoutStart[Int(layout) + 1] - layoutStart[Int(layout)]
            guard lastValue.count + columns <= limits.maximumShapeFields else {
                throw cursor.failure(
                    "shape layout", "at most \(limits.maximumShapeFields) columns of all shapes", code: .limitExceeded)
            }
            shapes.append(
                WireShape(
                    resource: UInt32(resource), scope: UInt32(scope), name: name, kind: kind, statusCode: status,
                    flags: flags, layout: layout))
            lastValue.append(contentsOf: repeatElement(0, count: columns))
            lastMode.append(contentsOf: repeatElement(ColumnMode.same, count: columns))
            shapeStart.append(lastValue.count)
        }
    }

    /// One value by its type.
    @inline(__always)
    static func value(_ cursor: inout ByteCursor, _ type: ValueType) throws(WireError) -> UInt64 {
        switch type {
        case .int: return UInt64(bitPattern: try cursor.zigzag("value"))
        case .double: return try cursor.littleEndian(UInt64.self, "value")
        case .bool:
            let bit = try cursor.varint("value")
            guard bit <= 1 else { throw cursor.failure("value", "0 or 1 for a boolean") }
            return bit
        case .empty:
            guard try cursor.varint("value") == 0 else { throw cursor.failure("value", "0 for an empty value") }
            return 0
        case .string, .bytes, .array, .map: return try cursor.varint("value")
        }
    }
}
