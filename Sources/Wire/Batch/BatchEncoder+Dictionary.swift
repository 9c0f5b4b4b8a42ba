import Telemetry

extension BatchEncoder {
    /// The wire number of a string: twice its dictionary number, or twice its place in this batch plus one.
    @inline(__always)
    mutating func wire(_ ref: StringRef, _ batch: borrowing SpanBatch) -> UInt64 {
        let known = wireOfString[Int(ref.rawValue)]
        return known != BatchEncoder.unknown ? known : place(ref, batch, lasting: false)
    }

    /// The dictionary number of a string that definitions refer to.
    mutating func lasting(_ ref: StringRef, _ batch: borrowing SpanBatch) -> UInt64 {
        let known = wireOfString[Int(ref.rawValue)]
        if known != BatchEncoder.unknown, known & 1 == 0 { return known >> 1 }
        return place(ref, batch, lasting: true) >> 1
    }

    @inline(never)
    private mutating func place(_ ref: StringRef, _ batch: borrowing SpanBatch, lasting: Bool) -> UInt64 {
        let range = batch.strings.range(ref)
        let wire = batch.strings.withArena { arena -> UInt64 in
            let bytes = UnsafeRawBufferPointer(rebasing: arena[range])
            let hash = ByteHash.hash(bytes)
            let known = strings.find(bytes, hash: hash)
            if known != 0 { return UInt64(known) << 1 }
            if lasting || promote(hash, length: bytes.count) {
                let number = strings.add(bytes, hash: hash)
                let before = UnsafeRawBufferPointer(rebasing: arena[previousNew])
                StringCoding.encode(bytes, after: before, into: &newStrings)
                newStringCount += 1
                previousNew = range
                return UInt64(number) << 1
            }
            let before = UnsafeRawBufferPointer(rebasing: arena[previousBatch])
            StringCoding.encode(bytes, after: before, into: &batchStrings)
            previousBatch = range
            batchStringCount += 1
            return UInt64(batchStringCount - 1) << 1 | 1
        }
        wireOfString[Int(ref.rawValue)] = wire
        return wire
    }

    /// Strings longer than this stay out of the dictionary unless a definition needs them.
    private static let maximumPromotedBytes = 512

    /// Whether a string was seen before: ids come once and should not fill the dictionary.
    private mutating func promote(_ hash: UInt64, length: Int) -> Bool {
        guard length <= BatchEncoder.maximumPromotedBytes, strings.count < limits.maximumDictionaryStrings / 2 else {
            return false
        }
        let slot = Int(truncatingIfNeeded: hash >> 32) & (seen.count - 1)
        let fingerprint = UInt32(truncatingIfNeeded: hash) | 1
        if seen[slot] == fingerprint { return true }
        seen[slot] = fingerprint
        return false
    }

    /// The connection number of an attribute layout of the batch.
    mutating func layout(_ shape: UInt32, _ batch: borrowing SpanBatch) -> UInt32 {
        let known = wireOfLayout[Int(shape)]
        if known != .max { return known }
        let range = batch.shapes.range(shape)
        scratch.removeAll()
        scratch.varint(range.count)
        for index in range {
            let field = batch.shapes.fields[index]
            let key = lasting(field.key, batch)
            scratch.varint(key << 3 | UInt64(field.type.rawValue))
        }
        let bytes = scratch.buffer
        let hash = ByteHash.hash(bytes)
        var number = layouts.find(bytes, hash: hash)
        if number == 0 {
            number = layouts.add(bytes, hash: hash)
            newLayouts.bytes(bytes)
            newLayoutCount += 1
            for index in range { layoutTypes.append(batch.shapes.fields[index].type.rawValue) }
            layoutStart.append(layoutTypes.count)
        }
        wireOfLayout[Int(shape)] = number
        return number
    }

    /// The connection number, from 0, of a resource of the batch.
    mutating func resource(_ index: UInt32, _ batch: borrowing SpanBatch) -> UInt32 {
        let known = wireOfResource[Int(index)]
        if known != .max { return known }
        let record = batch.resources[Int(index)]
        let layout = layout(record.attributes.shape, batch)
        scratch.removeAll()
        scratch.varint(UInt64(record.droppedAttributes))
        let schema = lasting(record.schemaURL, batch)
        let entities = lasting(record.entityReferences, batch)
        scratch.varint(schema)
        scratch.varint(entities)
        lastingAttributes(record.attributes, layout: layout, batch)
        let bytes = scratch.buffer
        let hash = ByteHash.hash(bytes)
        var number = resources.find(bytes, hash: hash)
        if number == 0 {
            number = resources.add(bytes, hash: hash)
            newResources.bytes(bytes)
            newResourceCount += 1
        }
        wireOfResource[Int(index)] = number - 1
        return number - 1
    }

    /// The connection number, from 0, of a scope of the batch.
    mutating func scope(_ index: UInt32, _ batch: borrowing SpanBatch) -> UInt32 {
        let known = wireOfScope[Int(index)]
        if known != .max { return known }
        let record = batch.scopes[Int(index)]
        let layout = layout(record.attributes.shape, batch)
        let name = lasting(record.name, batch)
        let version = lasting(record.version, batch)
        let schema = lasting(record.schemaURL, batch)
        scratch.removeAll()
        scratch.varint(name)
        scratch.varint(version)
        scratch.varint(schema)
        scratch.varint(UInt64(record.droppedAttributes))
        lastingAttributes(record.attributes, layout: layout, batch)
        let bytes = scratch.buffer
        let hash = ByteHash.hash(bytes)
        var number = scopes.find(bytes, hash: hash)
        if number == 0 {
            number = scopes.add(bytes, hash: hash)
            newScopes.bytes(bytes)
            newScopeCount += 1
        }
        wireOfScope[Int(index)] = number - 1
        return number - 1
    }

    /// Appends a layout and its values, strings by dictionary number, to `scratch`.
    private mutating func lastingAttributes(_ list: AttributeList, layout: UInt32, _ batch: borrowing SpanBatch) {
        scratch.varint(UInt64(layout))
        let range = batch.shapes.range(list.shape)
        for index in range {
            let type = batch.shapes.fields[index].type
            let payload = batch.values[Int(list.start) + index - range.lowerBound]
            if type.isReference {
                let number = lasting(StringRef(UInt32(truncatingIfNeeded: payload)), batch)
                scratch.varint(number << 1)
            } else {
                BatchEncoder.writeValue(payload, type.rawValue, into: &scratch)
            }
        }
    }

    /// One value by its type: a wire number, a bit, a zigzag varint, or eight bytes.
    @inline(__always)
    static func writeValue(_ value: UInt64, _ type: UInt8, into output: inout ByteSink) {
        switch type {
        case ValueType.int.rawValue: output.varint(ZigZag.encode(Int64(bitPattern: value)))
        case ValueType.double.rawValue: output.littleEndian(value)
        default: output.varint(value)
        }
    }
}
