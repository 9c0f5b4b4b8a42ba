import NIOCore

/// The fields of a head or a trailer section, found in place: nothing is copied out of the received bytes.
///
/// Kept by its connection and reused from message to message, so that a message costs no allocation here.
package struct FieldSection {
    /// The bytes that `fields` point into.
    package internal(set) var bytes = ByteBuffer()
    var fields: [HeaderField] = []
    let limits: MessageLimits

    package init(limits: MessageLimits) {
        self.limits = limits
        fields.reserveCapacity(32)
    }

    mutating func clear() {
        fields.removeAll(keepingCapacity: true)
        bytes = ByteBuffer()
    }

    /// Parses field lines of `head` from `start` to its end, which must be the empty line's CRLF.
    mutating func parse(_ head: ByteBuffer, from start: Int) -> HTTPFault? {
        bytes = head
        fields.removeAll(keepingCapacity: true)
        return head.withUnsafeReadableBytes { parseLines($0, from: start) }
    }

    private mutating func parseLines(_ raw: UnsafeRawBufferPointer, from start: Int) -> HTTPFault? {
        var offset = start
        let end = raw.count
        let token = CharacterClass.token
        while true {
            guard offset + 2 <= end else { return HTTPFault(.malformedField, "the head ends inside a field line") }
            if raw[offset] == 0x0D, raw[offset + 1] == 0x0A {
                return offset + 2 == end
                    ? nil : HTTPFault(.malformedField, "an empty line at byte \(offset) ends the head too early")
            }
            if fields.count == limits.maximumFields {
                return HTTPFault(
                    .tooManyFields, status: 431, "the head has more than \(limits.maximumFields) header fields")
            }
            let nameStart = offset
            while offset < end, token.contains(raw[offset]) { offset &+= 1 }
            guard offset < end, raw[offset] == 0x3A, offset > nameStart else {
                let folded = raw[nameStart] == 0x20 || raw[nameStart] == 0x09
                return folded
                    ? HTTPFault(.obsoleteFolding, "the header line at byte \(nameStart) is folded, which is refused")
                    : HTTPFault(
                        .malformedField, "the header field at byte \(nameStart) has no valid name followed by a colon")
            }
            let nameEnd = offset
            offset &+= 1
            while offset < end, raw[offset] == 0x20 || raw[offset] == 0x09 { offset &+= 1 }
            let valueStart = offset
            offset = fieldValueEnd(raw, from: offset)
            guard offset + 1 < end, raw[offset] == 0x0D, raw[offset + 1] == 0x0A else {
                return HTTPFault(.malformedField, "the header field at byte \(nameStart) holds a control character")
            }
            var valueEnd = offset
            while valueEnd > valueStart, raw[valueEnd - 1] == 0x20 || raw[valueEnd - 1] == 0x09 { valueEnd &-= 1 }
            offset &+= 2
            fields.append(
                HeaderField(
                    name: .of(UnsafeRawBufferPointer(rebasing: raw[nameStart..<nameEnd])),
                    nameStart: Int32(nameStart), nameLength: Int32(nameEnd - nameStart),
                    valueStart: Int32(valueStart), valueLength: Int32(valueEnd - valueStart), lineEnd: Int32(offset)))
        }
    }

    /// The first field with this name.
    func first(_ name: FieldName) -> HeaderField? {
        for field in fields where field.name == name { return field }
        return nil
    }

    /// Calls `body` with the bytes of a range of the section; valid only inside.
    func withBytes<R>(_ range: Range<Int>, _ body: (UnsafeRawBufferPointer) -> R) -> R {
        bytes.withUnsafeReadableBytes { body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    /// Calls `body` with all bytes; valid only inside.
    func withAllBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R { bytes.withUnsafeReadableBytes(body) }

    func string(_ range: Range<Int>) -> String {
        withBytes(range) { String(decoding: $0, as: UTF8.self) }
    }

    /// The value of the first field named `lowercase`, in any letter case.
    package func value(named lowercase: String) -> String? {
        var wanted = lowercase
        return wanted.withUTF8 { wanted in
            bytes.withUnsafeReadableBytes { raw in
                for field in fields
                where equalsIgnoringCase(
                    UnsafeRawBufferPointer(rebasing: raw[field.nameRange]), UnsafeRawBufferPointer(wanted))
                {
                    return String(decoding: raw[field.valueRange], as: UTF8.self)
                }
                return nil
            }
        }
    }

    /// All values of the fields named `lowercase`, joined by commas as RFC 9110 §5.3 allows; `nil` without one.
    func joinedValue(named lowercase: String) -> String? {
        var wanted = lowercase
        return wanted.withUTF8 { wanted in
            bytes.withUnsafeReadableBytes { raw in
                var joined: String?
                for field in fields
                where equalsIgnoringCase(
                    UnsafeRawBufferPointer(rebasing: raw[field.nameRange]), UnsafeRawBufferPointer(wanted))
                {
                    let value = String(decoding: raw[field.valueRange], as: UTF8.self)
                    joined = joined.map { $0 + "," + value } ?? value
                }
                return joined
            }
        }
    }

    /// Appends every field line that `keeps` accepts to `output`, neighbouring lines in one copy.
    func write(to output: inout ByteBuffer, keeps: (HeaderField, UnsafeRawBufferPointer) -> Bool) {
        bytes.withUnsafeReadableBytes { raw in
            var runStart = -1
            var runEnd = -1
            for field in fields {
                if keeps(field, raw) {
                    if runStart < 0 { runStart = Int(field.nameStart) }
                    runEnd = Int(field.lineEnd)
                } else if runStart >= 0 {
                    output.writeBytes(UnsafeRawBufferPointer(rebasing: raw[runStart..<runEnd]))
                    runStart = -1
                }
            }
            if runStart >= 0 { output.writeBytes(UnsafeRawBufferPointer(rebasing: raw[runStart..<runEnd])) }
        }
    }
}
