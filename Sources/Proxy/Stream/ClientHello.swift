import NIOCore

/// The first message of a TLS client, as far as routing needs it (RFC 8446 §4.1.2, RFC 6066 §3).
package enum ClientHello {
    package enum Reading: Equatable {
        case incomplete
        /// The host name in lower case; `nil` where the client names none.
        case complete(serverName: String?)
        /// One sentence: what is wrong, and at which byte.
        case malformed(String)
    }

    /// Of the records that carry it.
    static let maximumBytes = 65_536

    /// Reads the hello at the start of `input`, which is left as it is.
    package static func read(_ input: ByteBuffer) -> Reading {
        var records = input
        var message = ByteBuffer()
        while true {
            let offset = records.readerIndex - input.readerIndex
            guard offset < maximumBytes else {
                return .malformed("the ClientHello is longer than \(maximumBytes) bytes")
            }
            guard let header = records.peek(5) else {
                return earlyFault(records, offset) ?? .incomplete
            }
            if let fault = earlyFault(records, offset) { return fault }
            let length = Int(header[3]) << 8 | Int(header[4])
            // A record's plaintext holds at most 2^14 bytes (RFC 8446 §5.1).
            guard (1...16_384).contains(length) else {
                return .malformed("byte \(offset + 3): \(length) is not the length of a TLS record")
            }
            records.moveReaderIndex(forwardBy: 5)
            guard var fragment = records.readSlice(length: min(length, records.readableBytes)) else {
                return .incomplete
            }
            let isWhole = fragment.readableBytes == length
            message.writeBuffer(&fragment)
            if let first = message.getInteger(at: message.readerIndex, as: UInt8.self), first != 1 {
                return .malformed("byte 5: handshake message \(first) came where a ClientHello (1) is expected")
            }
            if let header = message.peek(4) {
                let size = Int(header[1]) << 16 | Int(header[2]) << 8 | Int(header[3])
                guard size <= maximumBytes else {
                    return .malformed("byte 6: a ClientHello of \(size) bytes; at most \(maximumBytes) are taken")
                }
                if message.readableBytes >= 4 + size {
                    message.moveReaderIndex(forwardBy: 4)
                    guard var body = message.readSlice(length: size) else { return .incomplete }
                    return readBody(&body)
                }
            }
            if !isWhole { return .incomplete }
        }
    }

    /// What is wrong with the start of a record, as soon as it is seen.
    private static func earlyFault(_ records: ByteBuffer, _ offset: Int) -> Reading? {
        let start = records.readerIndex
        if let type = records.getInteger(at: start, as: UInt8.self), type != 22 {
            return .malformed("byte \(offset): record type \(type) came where a TLS handshake (22) is expected")
        }
        if let major = records.getInteger(at: start + 1, as: UInt8.self), major != 3 {
            return .malformed("byte \(offset + 1): \(major) is not the major version of TLS (3)")
        }
        return nil
    }

    private static func readBody(_ body: inout ByteBuffer) -> Reading {
        guard body.skip(34), body.skipVector(bytes: 1), body.skipVector(bytes: 2), body.skipVector(bytes: 1) else {
            return .malformed("the ClientHello ends within its version, random, session id, suites or compression")
        }
        // Extensions were optional before TLS 1.3.
        if body.readableBytes == 0 { return .complete(serverName: nil) }
        guard var extensions = body.readVector(bytes: 2), body.readableBytes == 0 else {
            return .malformed("the ClientHello's extensions are not as long as it says")
        }
        while extensions.readableBytes > 0 {
            guard let type = extensions.readInteger(as: UInt16.self), var data = extensions.readVector(bytes: 2) else {
                return .malformed("the ClientHello ends within an extension")
            }
            if type == 0 { return readServerName(&data) }
        }
        return .complete(serverName: nil)
    }

    private static func readServerName(_ data: inout ByteBuffer) -> Reading {
        guard var list = data.readVector(bytes: 2), data.readableBytes == 0,
            let type = list.readInteger(as: UInt8.self), type == 0, let name = list.readVector(bytes: 2),
            list.readableBytes == 0
        else { return .malformed("the server_name extension is not one host name") }
        let bytes = name.readableBytesView
        let isName = bytes.allSatisfy {
            0x61...0x7A ~= $0 || 0x41...0x5A ~= $0 || 0x30...0x39 ~= $0 || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F
        }
        guard (1...255).contains(bytes.count), isName else {
            return .malformed("the server_name extension does not hold a host name of 1 to 255 characters")
        }
        let folded = bytes.map { 0x41...0x5A ~= $0 ? $0 | 0x20 : $0 }
        return .complete(serverName: String(decoding: folded, as: UTF8.self))
    }
}

extension ByteBuffer {
    fileprivate func peek(_ count: Int) -> [UInt8]? { getBytes(at: readerIndex, length: count) }

    fileprivate mutating func skip(_ count: Int) -> Bool {
        guard readableBytes >= count else { return false }
        moveReaderIndex(forwardBy: count)
        return true
    }

    /// A vector with its length before it (RFC 8446 §3.4).
    fileprivate mutating func readVector(bytes count: Int) -> ByteBuffer? {
        guard let prefix = readBytes(length: count) else { return nil }
        return readSlice(length: prefix.reduce(0) { $0 << 8 | Int($1) })
    }

    fileprivate mutating func skipVector(bytes count: Int) -> Bool { readVector(bytes: count) != nil }
}
