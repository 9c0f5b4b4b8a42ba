import Telemetry

extension BatchDecoder {
    /// The attribute columns, group by group.
    mutating func readGroups(_ cursor: inout ByteCursor, _ count: Int, into batch: inout SpanBatch) throws(WireError) {
        beginValues(&batch)
        for group in groups {
            let shape = Int(group.shape)
            let columns = shapeStart[shape]..<shapeStart[shape + 1]
            if columns.isEmpty { continue }
            try readPlan(&cursor, columns)
            let fields = layoutStart[Int(shapes[shape].layout)]
            for index in 0..<columns.count {
                let slot = columns.lowerBound + index
                let type = layoutFields[fields + index].type
                try readColumn(&cursor, lastMode[slot], type, slot, group.count)
                try scatter(group, index, type, &batch, cursor)
            }
        }
        try placeDefinedValues(&batch, cursor)
    }

    /// All values of the batch in memory of just their size: the rows', zero until their column is read, then those of
    /// events and links; those of resources and scopes come last.
    private func beginValues(_ batch: inout SpanBatch) {
        var defined = 0
        for resource in batch.resources { defined += batch.shapes.fieldCount(resource.attributes.shape) }
        for scope in batch.scopes { defined += batch.shapes.fieldCount(scope.attributes.shape) }
        batch.values.reserveCapacity(rowValues + extraValues.count + defined)
        batch.values.append(contentsOf: repeatElement(0, count: rowValues))
        batch.values.append(contentsOf: extraValues)
    }

    private mutating func readPlan(_ cursor: inout ByteCursor, _ columns: Range<Int>) throws(WireError) {
        let flag = try cursor.byte("plan")
        if flag == 0 { return }
        guard flag == 1 else { throw cursor.failure("plan", "0 or 1, not \(flag)") }
        let bitmap = try cursor.take((columns.count + 7) / 8, "plan bitmap")
        var half: UInt8?
        for index in 0..<columns.count {
            guard bitmap[index >> 3] >> UInt8(index & 7) & 1 != 0 else {
                lastMode[columns.lowerBound + index] = ColumnMode.same
                continue
            }
            let mode: UInt8
            if let high = half {
                mode = high
                half = nil
            } else {
                let pair = try cursor.byte("column mode")
                mode = pair & 0xF
                half = pair >> 4
            }
            guard mode <= ColumnMode.constantDelta else {
                throw cursor.failure("column mode", "0 to \(ColumnMode.constantDelta), not \(mode)")
            }
            lastMode[columns.lowerBound + index] = mode
        }
    }

    /// Fills `column` with the group's values as the wire numbers them; one element stands for all when all are equal.
    private mutating func readColumn(
        _ cursor: inout ByteCursor, _ mode: UInt8, _ type: ValueType, _ slot: Int, _ count: Int
    ) throws(WireError) {
        let before = lastValue[slot]
        column.removeAll(keepingCapacity: true)
        column.reserveCapacity(count)
        switch mode {
        case ColumnMode.same: column.append(before)
        case ColumnMode.constant: column.append(try BatchDecoder.value(&cursor, type))
        case ColumnMode.constantDelta:
            column.append(before &+ UInt64(bitPattern: try cursor.zigzag("column value")))
        case ColumnMode.stride:
            var value = try BatchDecoder.value(&cursor, type)
            let stride = UInt64(bitPattern: try cursor.zigzag("column stride"))
            for _ in 0..<count {
                column.append(value)
                value = value &+ stride
            }
        case ColumnMode.delta:
            var value = before
            for _ in 0..<count {
                value = value &+ UInt64(bitPattern: try cursor.zigzag("column value"))
                column.append(value)
            }
        case ColumnMode.plain:
            for _ in 0..<count { column.append(try BatchDecoder.value(&cursor, type)) }
        case ColumnMode.raw:
            let bytes = try cursor.take(count * 8, "column values")
            for index in 0..<count {
                column.append(
                    UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)))
            }
        case ColumnMode.table: try readTable(&cursor, type, count)
        default: try readDecimals(&cursor, type, count)
        }
        let final = column[column.count - 1]
        lastValue[slot] = type.isReference && final & 1 != 0 ? 0 : final
    }

    private mutating func readTable(_ cursor: inout ByteCursor, _ type: ValueType, _ count: Int) throws(WireError) {
        let distinct = try cursor.count("table size", limit: ColumnMode.maximumTable)
        guard distinct >= 2 else { throw cursor.failure("table size", "2 or more") }
        var table: [UInt64] = []
        for _ in 0..<distinct { table.append(try BatchDecoder.value(&cursor, type)) }
        let width = distinct <= 2 ? 1 : distinct <= 4 ? 2 : 4
        let perByte = 8 / width
        let packed = try cursor.take((count + perByte - 1) / perByte, "table indexes")
        let mask = UInt8((1 << width) - 1)
        for index in 0..<count {
            let place = Int(packed[index / perByte] >> UInt8(index % perByte * width) & mask)
            guard place < distinct else { throw cursor.failure("table index", "less than \(distinct), not \(place)") }
            column.append(table[place])
        }
    }

    private mutating func readDecimals(
        _ cursor: inout ByteCursor, _ type: ValueType, _ count: Int
    ) throws(WireError) {
        guard type == .double else { throw cursor.failure("column mode", "decimals only for doubles") }
        let exponent = try cursor.byte("decimal exponent")
        guard exponent & 0x7F <= ColumnMode.maximumExponent else {
            throw cursor.failure("decimal exponent", "at most \(ColumnMode.maximumExponent), not \(exponent & 0x7F)")
        }
        let scale = decimalScale[Int(exponent & 0x7F)]
        // The upper bit says that one number stands for all rows.
        for _ in 0..<(exponent & 0x80 != 0 ? 1 : count) {
            column.append((Double(try cursor.zigzag("decimal")) / scale).bitPattern)
        }
    }

    /// Puts `column` where the rows of the group have their value `index`.
    private mutating func scatter(
        _ group: BatchEncoder.Group, _ index: Int, _ type: ValueType, _ batch: inout SpanBatch,
        _ cursor: borrowing ByteCursor
    ) throws(WireError) {
        if type != .int, type != .double {
            for position in column.indices { column[position] = try payload(column[position], type, &batch, cursor) }
        }
        column.withUnsafeBufferPointer { column in
            valueStarts.withUnsafeBufferPointer { starts in
                batch.values.withUnsafeMutableBufferPointer { values in
                    let isConstant = column.count == 1
                    precondition(isConstant || column.count == group.count, "a column has a value for each row")
                    for position in 0..<group.count {
                        let place = Int(starts[group.start &+ position]) &+ index
                        precondition(place < values.count, "a value lies outside its batch")
                        values[place] = column[isConstant ? 0 : position]
                    }
                }
            }
        }
    }
}
