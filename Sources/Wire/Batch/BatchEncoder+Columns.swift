import Telemetry

extension BatchEncoder {
    /// The attribute columns, group by group.
    mutating func encodeGroups(_ batch: borrowing SpanBatch) {
        for group in groups {
            let shape = Int(group.shape)
            let layout = Int(shapeLayout[shape])
            let columns = layoutStart[layout + 1] - layoutStart[layout]
            if columns == 0 { continue }
            columnData.removeAll()
            BatchEncoder.fill(&modes, columns, ColumnMode.same)
            var samePlan = true
            for index in 0..<columns {
                let type = layoutTypes[layoutStart[layout] + index]
                gather(batch, group, index, isReference: BatchEncoder.isReference(type))
                let slot = shapeStart[shape] + index
                var last = lastValue[slot]
                let mode = encodeColumn(type: type, last: &last)
                lastValue[slot] = last
                modes[index] = mode
                if lastMode[slot] != mode {
                    samePlan = false
                    lastMode[slot] = mode
                }
            }
            writePlan(columns, isSame: samePlan)
            rows.append(columnData)
        }
    }

    @inline(__always)
    static func isReference(_ type: UInt8) -> Bool {
        // string 1, bytes 5, array 6, map 7
        0b1110_0010 >> type & 1 != 0
    }

    /// 0 when the plan is that of the shape's last group; else 1, a bitmap of the columns that are not the same as the
    /// last value, and four bits of mode for each of them.
    private mutating func writePlan(_ columns: Int, isSame: Bool) {
        if isSame {
            rows.byte(0)
            return
        }
        rows.byte(1)
        var bits: UInt8 = 0
        for index in 0..<columns {
            if modes[index] != ColumnMode.same { bits |= 1 << UInt8(index & 7) }
            if index & 7 == 7 || index == columns - 1 {
                rows.byte(bits)
                bits = 0
            }
        }
        var pending: UInt8?
        for mode in modes where mode != ColumnMode.same {
            if let low = pending {
                rows.byte(low | mode << 4)
                pending = nil
            } else {
                pending = mode
            }
        }
        if let low = pending { rows.byte(low) }
    }

    /// The group's values of one column into `column`, strings as wire numbers.
    private mutating func gather(_ batch: borrowing SpanBatch, _ group: Group, _ index: Int, isReference: Bool) {
        let count = group.count
        if column.count < count { BatchEncoder.fill(&column, max(count, 256), 0) }
        for position in 0..<count {
            let row = Int(rowOrder[group.start &+ position])
            let payload = batch.values[Int(batch.attributes[row].start) &+ index]
            column[position] =
                isReference ? wire(StringRef(UInt32(truncatingIfNeeded: payload)), batch) : payload
        }
        gathered = count
    }

    /// Writes the gathered column to `columnData` and returns how.
    private mutating func encodeColumn(type: UInt8, last: inout UInt64) -> UInt8 {
        let count = gathered
        let first = column[0]
        var isConstant = true
        for index in 1..<max(1, count) where column[index] != first {
            isConstant = false
            break
        }
        let before = last
        let isReference = BatchEncoder.isReference(type)
        // A batch's own strings mean nothing to later batches.
        let final = column[count - 1]
        last = isReference && final & 1 != 0 ? 0 : final
        if isConstant {
            if first == before { return ColumnMode.same }
            return encodeConstant(first, before: before, type: type)
        }
        if type == ValueType.double.rawValue { return encodeDoubles(count) }
        return encodeNumbers(count, before: before, type: type)
    }

    private mutating func encodeConstant(_ value: UInt64, before: UInt64, type: UInt8) -> UInt8 {
        if type == ValueType.double.rawValue {
            if let (number, exponent) = BatchEncoder.decimal(Double(bitPattern: value), from: 0) {
                // The upper bit: one number for all rows.
                columnData.byte(UInt8(exponent) | 0x80)
                columnData.zigzag(number)
                return ColumnMode.decimal
            }
            columnData.littleEndian(value)
            return ColumnMode.constant
        }
        let delta = ZigZag.encode(Int64(bitPattern: value &- before))
        let plain = type == ValueType.int.rawValue ? ZigZag.encode(Int64(bitPattern: value)) : value
        if Varint.length(delta) < Varint.length(plain) {
            columnData.varint(delta)
            return ColumnMode.constantDelta
        }
        columnData.varint(plain)
        return ColumnMode.constant
    }

    private mutating func encodeNumbers(_ count: Int, before: UInt64, type: UInt8) -> UInt8 {
        let isInt = type == ValueType.int.rawValue
        var plainBytes = 0
        var deltaBytes = 0
        var previous = before
        let stride = column[1] &- column[0]
        var isStride = true
        for index in 0..<count {
            let value = column[index]
            let plain = isInt ? ZigZag.encode(Int64(bitPattern: value)) : value
            plainBytes &+= Varint.length(plain)
            deltaBytes &+= Varint.length(ZigZag.encode(Int64(bitPattern: value &- previous)))
            if index > 0, value &- previous != stride { isStride = false }
            previous = value
        }
        if isStride {
            BatchEncoder.writeValue(column[0], type, into: &columnData)
            columnData.zigzag(Int64(bitPattern: stride))
            return ColumnMode.stride
        }
        let best = min(plainBytes, deltaBytes, count * 8)
        if count >= 4, best > count / 2 + 4, encodeTable(count, type: type, below: best) { return ColumnMode.table }
        if best == count * 8 {
            for index in 0..<count { columnData.littleEndian(column[index]) }
            return ColumnMode.raw
        }
        if plainBytes <= deltaBytes {
            for index in 0..<count { BatchEncoder.writeValue(column[index], type, into: &columnData) }
            return ColumnMode.plain
        }
        previous = before
        for index in 0..<count {
            columnData.zigzag(Int64(bitPattern: column[index] &- previous))
            previous = column[index]
        }
        return ColumnMode.delta
    }

    private mutating func encodeDoubles(_ count: Int) -> UInt8 {
        var exponent = 0
        for index in 0..<count {
            guard let (_, needed) = BatchEncoder.decimal(Double(bitPattern: column[index]), from: exponent) else {
                return encodeRawDoubles(count)
            }
            exponent = needed
        }
        let mark = columnData.count
        columnData.byte(UInt8(exponent))
        for index in 0..<count {
            let value = Double(bitPattern: column[index])
            guard let (number, needed) = BatchEncoder.decimal(value, from: exponent), needed == exponent else {
                columnData.setCount(mark)
                return encodeRawDoubles(count)
            }
            columnData.zigzag(number)
        }
        return ColumnMode.decimal
    }

    private mutating func encodeRawDoubles(_ count: Int) -> UInt8 {
        if count >= 4, encodeTable(count, type: ValueType.double.rawValue, below: count * 8) { return ColumnMode.table }
        for index in 0..<count { columnData.littleEndian(column[index]) }
        return ColumnMode.raw
    }

    /// `value` as a whole number over a power of ten, when dividing gives back the very same bits.
    private static func decimal(_ value: Double, from least: Int) -> (Int64, Int)? {
        guard value.magnitude < 1e9 else { return nil }
        for exponent in least...ColumnMode.maximumExponent {
            let number = (value * decimalScale[exponent]).rounded()
            if (number / decimalScale[exponent]).bitPattern == value.bitPattern, number != 0 || value.sign == .plus {
                return (Int64(number), exponent)
            }
        }
        return nil
    }

    /// Up to 16 distinct values and an index of 1, 2 or 4 bits a row, when that is shorter than `limit` bytes.
    private mutating func encodeTable(_ count: Int, type: UInt8, below limit: Int) -> Bool {
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: ColumnMode.maximumTable) { table in
            var distinct = 0
            scratch.removeAll()
            for index in 0..<count {
                let value = column[index]
                var found = 0
                while found < distinct, table[found] != value { found &+= 1 }
                if found == distinct {
                    if distinct == ColumnMode.maximumTable { return false }
                    table[distinct] = value
                    distinct &+= 1
                }
                scratch.byte(UInt8(found))
            }
            let width = distinct <= 2 ? 1 : distinct <= 4 ? 2 : 4
            let mark = columnData.count
            columnData.varint(distinct)
            for index in 0..<distinct { BatchEncoder.writeValue(table[index], type, into: &columnData) }
            let perByte = 8 / width
            let indexes = scratch.buffer
            for start in stride(from: 0, to: count, by: perByte) {
                var packed: UInt8 = 0
                for offset in 0..<min(perByte, count - start) {
                    packed |= indexes[start + offset] << UInt8(offset * width)
                }
                columnData.byte(packed)
            }
            if columnData.count - mark >= limit {
                columnData.setCount(mark)
                return false
            }
            return true
        }
    }
}
