import NIOCore

/// Pieces of a head written one behind the other into memory that was reserved for all of them.
///
/// Each write to a `ByteBuffer` looks at its storage anew, which costs more than copying most pieces.
struct RawWriter {
    private let memory: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

    @inline(__always)
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, let target = memory.baseAddress else { return }
        precondition(bytes.count <= memory.count &- count, "the bound of the pieces is too low")
        (target + count).copyMemory(from: source, byteCount: bytes.count)
        count &+= bytes.count
    }

    @inline(__always)
    mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        precondition(count < memory.count, "the bound of the pieces is too low")
        memory[count] = byte
        count &+= 1
    }

    /// 16 lower-case hexadecimal digits.
    mutating func appendHex(_ value: UInt64) {
        appendDigits(UInt32(truncatingIfNeeded: value >> 32))
        appendDigits(UInt32(truncatingIfNeeded: value))
    }

    @inline(__always)
    private mutating func appendDigits(_ value: UInt32) {
        let digits = ByteBuffer.hexDigits(value).bigEndian
        withUnsafeBytes(of: digits) { append($0) }
    }
}

extension ByteBuffer {
    /// Appends what `body` writes: at most `bound` bytes.
    @inline(__always)
    mutating func writePieces(upTo bound: Int, _ body: (inout RawWriter) -> Void) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { memory in
            var writer = RawWriter(memory)
            body(&writer)
            return writer.count
        }
    }
}
