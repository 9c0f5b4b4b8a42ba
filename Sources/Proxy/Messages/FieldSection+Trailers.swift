import NIOCore

extension FieldSection {
    /// Whether `field` of a trailer section is passed on. Recipients may merge trailers into the head: there must be none
    /// that a head would not have got past this proxy.
    static func isAllowedInTrailers(_ field: HeaderField, in raw: UnsafeRawBufferPointer) -> Bool {
        guard field.name == .other else { return !field.name.isForbiddenInTrailers }
        return ForwardedField(UnsafeRawBufferPointer(rebasing: raw[field.nameRange])) == nil
    }
}

extension ByteBuffer {
    /// The end of a chunked body.
    mutating func writeLastChunk(_ trailers: FieldSection?) {
        writeStaticString("0\r\n")
        trailers?.write(to: &self, keeps: FieldSection.isAllowedInTrailers)
        writeStaticString("\r\n")
    }
}
