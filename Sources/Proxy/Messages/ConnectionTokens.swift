/// What the `Connection` fields of a message say (RFC 9110 §7.6.1).
struct ConnectionTokens {
    var close = false
    var keepAlive = false
    var upgrade = false
    /// The names of further fields that belong to this connection only: where they stand in the head.
    var nominated: [Range<Int>] = []

    /// Forgets everything and keeps the memory.
    mutating func reset() {
        close = false
        keepAlive = false
        upgrade = false
        if !nominated.isEmpty { nominated.removeAll(keepingCapacity: true) }
    }

    /// Reads one `Connection` value at `range` of `raw`.
    mutating func add(_ raw: UnsafeRawBufferPointer, _ range: Range<Int>) {
        var offset = range.lowerBound
        while offset < range.upperBound {
            while offset < range.upperBound, raw[offset] == 0x2C || raw[offset] == 0x20 || raw[offset] == 0x09 {
                offset &+= 1
            }
            let start = offset
            while offset < range.upperBound, raw[offset] != 0x2C { offset &+= 1 }
            var end = offset
            while end > start, raw[end - 1] == 0x20 || raw[end - 1] == 0x09 { end &-= 1 }
            if end == start { continue }
            let token = UnsafeRawBufferPointer(rebasing: raw[start..<end])
            if equalsIgnoringCase(token, "close") {
                close = true
            } else if equalsIgnoringCase(token, "keep-alive") {
                keepAlive = true
            } else if equalsIgnoringCase(token, "upgrade") {
                upgrade = true
            } else {
                nominated.append(start..<end)
            }
        }
    }

    /// Whether `field` was named as belonging to this connection.
    func nominates(_ field: HeaderField, in raw: UnsafeRawBufferPointer) -> Bool {
        for range in nominated
        where equalsIgnoringCase(
            UnsafeRawBufferPointer(rebasing: raw[range]), UnsafeRawBufferPointer(rebasing: raw[field.nameRange]))
        {
            return true
        }
        return false
    }
}
