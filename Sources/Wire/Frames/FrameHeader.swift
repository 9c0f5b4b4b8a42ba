import CZlib

/// The twelve bytes before every payload: type, flags, two zero bytes, payload length, CRC-32 of these first eight
/// bytes and the payload. Numbers are little-endian.
enum FrameHeader {
    static let size = 12
    static let compressedFlag: UInt8 = 1

    static func checksum(_ header: UnsafeRawBufferPointer, _ payload: UnsafeRawBufferPointer) -> UInt32 {
        var sum = crc32(0, header.baseAddress?.assumingMemoryBound(to: UInt8.self), uInt(header.count))
        if !payload.isEmpty {
            sum = crc32(sum, payload.baseAddress?.assumingMemoryBound(to: UInt8.self), uInt(payload.count))
        }
        return UInt32(truncatingIfNeeded: sum)
    }
}

/// What opens a stream in both directions: `WAYB`, major version, minor version, two zero bytes.
enum Preamble {
    static let size = 8
    static let magic: [UInt8] = [0x57, 0x41, 0x59, 0x42]
    static let major: UInt8 = 1
    static let minor: UInt8 = 0
    static let bytes: [UInt8] = magic + [major, minor, 0, 0]

    /// Checks the first bytes of a stream, as many as there are.
    static func check(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
        for index in 0..<min(bytes.count, 4) where bytes[index] != magic[index] {
            throw WireError(
                .notWaybill, field: "magic", offset: index, expected: "the letters WAYB of Waybill's protocol")
        }
        if bytes.count > 4, bytes[4] != major {
            throw WireError(
                .unsupportedVersion, field: "major version", offset: 4,
                expected: "version \(major), which is what this end speaks, not \(bytes[4])")
        }
    }
}
