/// `EntityRef`, which is kept encoded: what a resource's `entity_refs` hold.
enum EntityReference {
    /// Checks one without reading it. The reader stands where it stood afterwards.
    static func check(_ reader: inout ProtobufReader, _ range: Range<Int>) throws(DecodeFault) {
        let outer = reader.enter(range)
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case 1 << 3 | 2, 2 << 3 | 2, 3 << 3 | 2, 4 << 3 | 2: _ = try reader.body()
            default: try reader.skip(tag, known: 0b11110)
            }
        }
        reader.leave(outer)
    }
}
