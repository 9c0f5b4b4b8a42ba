/// Where one field stands in the bytes of its head; offsets count from the head's first byte.
struct HeaderField {
    var name: FieldName
    var nameStart: Int32
    var nameLength: Int32
    var valueStart: Int32
    var valueLength: Int32
    /// Past the line's CRLF.
    var lineEnd: Int32
    /// Came as an HPACK literal that must stay out of every table (RFC 7541 §6.2.3).
    var isNeverIndexed = false

    var nameRange: Range<Int> { Int(nameStart)..<Int(nameStart + nameLength) }
    var valueRange: Range<Int> { Int(valueStart)..<Int(valueStart + valueLength) }
}
