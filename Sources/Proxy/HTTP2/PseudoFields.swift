/// The pseudo fields of a request (RFC 9113 §8.3.1). They point into the list that they come from, and are good only as
/// long as that is read.
struct PseudoFields {
    private(set) var method: UnsafeRawBufferPointer?
    private(set) var scheme: UnsafeRawBufferPointer?
    private(set) var authority: UnsafeRawBufferPointer?
    private(set) var path: UnsafeRawBufferPointer?
    /// `:protocol` (RFC 8441 §4).
    private(set) var tunnel: UnsafeRawBufferPointer?

    mutating func add(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> HTTPFault? {
        let isRepeated: Bool
        if name.elementsEqual(":method".utf8) {
            isRepeated = Self.set(&method, value)
        } else if name.elementsEqual(":path".utf8) {
            isRepeated = Self.set(&path, value)
        } else if name.elementsEqual(":authority".utf8) {
            isRepeated = Self.set(&authority, value)
        } else if name.elementsEqual(":scheme".utf8) {
            isRepeated = Self.set(&scheme, value)
        } else if name.elementsEqual(":protocol".utf8) {
            isRepeated = Self.set(&tunnel, value)
        } else {
            return HTTPFault(
                .malformedField, "the pseudo field \(FieldSection.text(name)) is not one of a request")
        }
        guard isRepeated else { return nil }
        return HTTPFault(.malformedField, "the pseudo field \(FieldSection.text(name)) is given more than once")
    }

    /// Whether there was a value already.
    private static func set(_ field: inout UnsafeRawBufferPointer?, _ value: UnsafeRawBufferPointer) -> Bool {
        if field != nil { return true }
        field = value
        return false
    }
}
