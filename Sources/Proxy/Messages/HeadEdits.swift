import NIOCore
import Telemetry

/// What the proxy changes in a head that it passes on: fields left out, then fields added. Holds whole field lines and
/// where each stands, so that HTTP/1 copies them at once and HTTP/2 encodes them one by one.
struct HeadEdits {
    /// `name: value` lines, each with its CRLF.
    private(set) var lines = ByteBuffer()
    private(set) var fields: [HeaderField] = []
    /// Names in lower case.
    private(set) var removed: [[UInt8]] = []

    var isEmpty: Bool { fields.isEmpty && removed.isEmpty }

    /// Forgets everything and keeps the memory.
    mutating func reset() {
        lines.clear()
        fields.removeAll(keepingCapacity: true)
        removed.removeAll(keepingCapacity: true)
    }

    /// Leaves out all fields of this name that came with the message.
    mutating func remove(_ lowercaseName: [UInt8]) { removed.append(lowercaseName) }

    /// Adds a field. `name` is in lower case and `value` writes a field value without control characters.
    mutating func add(_ name: StaticString, value: (inout ByteBuffer) -> Void) {
        let start = lines.writerIndex
        lines.writeStaticString(name)
        add(from: start, nameLength: name.utf8CodeUnitCount, value: value)
    }

    /// Adds `traceparent` (W3C Trace Context §3.2), in one piece, since every request gets it.
    mutating func addTraceparent(_ traceID: TraceID, _ spanID: SpanID, flags: UInt8) {
        let start = lines.writerIndex
        let name: StaticString = "traceparent"
        lines.writePieces(upTo: 80) { line in
            line.append(name)
            line.append(": 00-")
            line.appendHex(traceID.high)
            line.appendHex(traceID.low)
            line.append(UInt8(ascii: "-"))
            line.appendHex(spanID.rawValue)
            line.append(UInt8(ascii: "-"))
            line.append(Self.hexDigit(flags >> 4))
            line.append(Self.hexDigit(flags & 0xF))
            line.append("\r\n")
        }
        let valueStart = start + name.utf8CodeUnitCount + 2
        fields.append(
            HeaderField(
                name: .other, nameStart: Int32(start), nameLength: Int32(name.utf8CodeUnitCount),
                valueStart: Int32(valueStart), valueLength: Int32(lines.writerIndex - 2 - valueStart),
                lineEnd: Int32(lines.writerIndex)))
    }

    private static func hexDigit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x57 + nibble }

    mutating func add(_ name: String, _ text: String) {
        let start = lines.writerIndex
        let length = lines.writeString(name)
        add(from: start, nameLength: length) { _ = $0.writeString(text) }
    }

    mutating func add(_ name: [UInt8], _ value: [UInt8]) {
        let start = lines.writerIndex
        lines.writeBytes(name)
        add(from: start, nameLength: name.count) { _ = $0.writeBytes(value) }
    }

    private mutating func add(from start: Int, nameLength: Int, value: (inout ByteBuffer) -> Void) {
        lines.writeStaticString(": ")
        let valueStart = lines.writerIndex
        value(&lines)
        let valueEnd = lines.writerIndex
        lines.writeStaticString("\r\n")
        fields.append(
            HeaderField(
                name: .other, nameStart: Int32(start), nameLength: Int32(nameLength), valueStart: Int32(valueStart),
                valueLength: Int32(valueEnd - valueStart), lineEnd: Int32(lines.writerIndex)))
    }

    /// Whether `field` of the message is left out.
    func removes(_ field: HeaderField, in raw: UnsafeRawBufferPointer) -> Bool {
        if removed.isEmpty { return false }
        let name = UnsafeRawBufferPointer(rebasing: raw[field.nameRange])
        return removed.contains { wanted in wanted.withUnsafeBytes { equalsIgnoringCase(name, $0) } }
    }
}
