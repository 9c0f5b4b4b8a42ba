extension FieldSection {
    /// Starts a section that fields are appended to one by one.
    mutating func start() {
        fields.removeAll(keepingCapacity: true)
        bytes.clear()
    }

    /// Appends bytes that belong to no field: the method, the target and the authority.
    mutating func appendControl(_ text: UnsafeRawBufferPointer) -> Range<Int> {
        let start = bytes.writerIndex
        bytes.writeBytes(text)
        return start..<bytes.writerIndex
    }

    mutating func appendControl(_ text: [UInt8]) -> Range<Int> { text.withUnsafeBytes { appendControl($0) } }

    mutating func append(_ name: String, _ value: String, isNeverIndexed: Bool) -> HTTPFault? {
        var (name, value) = (name, value)
        return name.withUTF8 { name in
            value.withUTF8 { value in
                append(UnsafeRawBufferPointer(name), UnsafeRawBufferPointer(value), isNeverIndexed: isNeverIndexed)
            }
        }
    }

    /// Appends a field as it came in a header list (RFC 9113 §8.2.1).
    mutating func append(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, isNeverIndexed: Bool
    ) -> HTTPFault? {
        guard fields.count < limits.maximumFields else {
            return HTTPFault(
                .tooManyFields, status: 431, "the head has more than \(limits.maximumFields) header fields")
        }
        let start = bytes.writerIndex
        let (nameLength, valueLength) = (name.count, value.count)
        let valueStart = start + nameLength + 2
        bytes.writePieces(upTo: nameLength + valueLength + 4) { line in
            line.append(name)
            line.append(": ")
            line.append(value)
            line.append("\r\n")
        }
        guard bytes.writerIndex <= limits.maximumHeadBytes else {
            return HTTPFault(.headTooLarge, status: 431, "the head is longer than \(limits.maximumHeadBytes) bytes")
        }
        var field = HeaderField(
            name: .other, nameStart: Int32(start), nameLength: Int32(nameLength), valueStart: Int32(valueStart),
            valueLength: Int32(valueLength), lineEnd: Int32(bytes.writerIndex))
        field.isNeverIndexed = isNeverIndexed
        guard !name.isEmpty, CharacterClass.lowercaseToken.containsAll(name) else {
            return HTTPFault(.malformedField, "a field name is empty or holds a character that it may not")
        }
        guard fieldValueEnd(value, from: 0) == value.count else {
            return HTTPFault(.malformedField, "the value of the field \(Self.text(name)) holds a control character")
        }
        if let first = value.first, let last = value.last,
            first == 0x20 || first == 0x09 || last == 0x20 || last == 0x09
        {
            return HTTPFault(
                .malformedField, "the value of the field \(Self.text(name)) starts or ends with white space")
        }
        field.name = .of(name)
        if let fault = Self.connectionFault(field.name, value) { return fault }
        fields.append(field)
        return nil
    }

    static func text(_ name: UnsafeRawBufferPointer) -> String { String(decoding: name, as: UTF8.self) }

    /// Fields of HTTP/1's connections have no place in HTTP/2 (RFC 9113 §8.2.2).
    private static func connectionFault(_ name: FieldName, _ value: UnsafeRawBufferPointer) -> HTTPFault? {
        switch name {
        case .connection, .keepAlive, .proxyConnection, .transferEncoding, .upgrade:
            HTTPFault(.malformedField, "a field of HTTP/1's connections came over HTTP/2")
        case .te where !value.elementsEqual("trailers".utf8):
            HTTPFault(.malformedField, "the field te holds more than trailers")
        default: nil
        }
    }

    /// Takes a trailer section.
    mutating func fillTrailers(_ headers: HeaderList) -> HTTPFault? {
        start()
        return headers.forEach { name, value, isNeverIndexed in
            if name.first == 0x3A {
                return HTTPFault(.malformedField, "the trailers hold the pseudo field \(Self.text(name))")
            }
            return append(name, value, isNeverIndexed: isNeverIndexed)
        }
    }
}
