/// Walks the bytes of a JSON body to one value, without building the document.
///
/// It checks only what it must to find its way: a body that is not JSON elsewhere is the service's matter.
public struct JSONScanner {
    /// Deeper nesting is `.malformed`.
    public static let maximumDepth = 64

    private enum Stop: Error {
        case endOfBytes
        case malformed
    }

    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    /// - Parameter isWhole: Whether the body ends with `bytes`.
    public static func find(
        _ pointer: JSONPointer, in bytes: UnsafeRawBufferPointer, isWhole: Bool
    ) -> BodyFinding {
        var scanner = JSONScanner(bytes: bytes)
        do {
            return try scanner.find(pointer.tokens[...], isWhole: isWhole)
        } catch .endOfBytes {
            return isWhole ? (scanner.isBlank ? .absent : .malformed) : .beyondBound
        } catch {
            return .malformed
        }
    }

    private init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// An empty body is one without an id, not a broken one.
    private var isBlank: Bool { bytes.allSatisfy(Self.isWhitespace) }

    private mutating func find(_ tokens: ArraySlice<[UInt8]>, isWhole: Bool) throws(Stop) -> BodyFinding {
        var rest = tokens
        try skipByteOrderMark()
        while let token = rest.popFirst() {
            switch try next() {
            case UInt8(ascii: "{"): guard try enterMember(token) else { return .absent }
            case UInt8(ascii: "["): guard try enterElement(token) else { return .absent }
            case let first:
                guard Self.startsValue(first) else { throw .malformed }
                return .absent
            }
        }
        return try readValue(isWhole: isWhole)
    }

    /// After `{`: stands before the value of that member; `false` after the object's end.
    private mutating func enterMember(_ token: [UInt8]) throws(Stop) -> Bool {
        var first = true
        while true {
            var byte = try next()
            if byte == UInt8(ascii: "}") { return false }
            if !first {
                guard byte == UInt8(ascii: ",") else { throw .malformed }
                byte = try next()
            }
            first = false
            guard byte == UInt8(ascii: "\"") else { throw .malformed }
            let key = try skipString()
            guard try next() == UInt8(ascii: ":") else { throw .malformed }
            if isEqual(key, token) { return true }
            try skipValue()
        }
    }

    /// After `[`: stands before the element with that index; `false` after the array's end.
    private mutating func enterElement(_ token: [UInt8]) throws(Stop) -> Bool {
        guard let wanted = JSONPointer.index(token) else { return false }
        var index = 0
        while true {
            let start = offset
            let byte = try next()
            if byte == UInt8(ascii: "]") { return false }
            if index > 0 {
                guard byte == UInt8(ascii: ",") else { throw .malformed }
            } else {
                offset = start
            }
            if index == wanted { return true }
            try skipValue()
            index += 1
        }
    }

    private mutating func readValue(isWhole: Bool) throws(Stop) -> BodyFinding {
        let first = try next()
        switch first {
        case UInt8(ascii: "\""):
            let range = try skipString()
            guard let text = JSONString.unescape(Array(bytes[range])[...]) else { throw .malformed }
            return .found([text])
        case UInt8(ascii: "-"), 0x30...0x39:
            let start = offset - 1
            // A number that touches the end of what is seen may go on.
            while offset < bytes.count, Self.continuesNumber(bytes[offset]) { offset += 1 }
            guard offset < bytes.count || isWhole else { throw .endOfBytes }
            return .found([Array(bytes[start..<offset])])
        default:
            guard Self.startsValue(first) else { throw .malformed }
            return .absent
        }
    }

    private mutating func skipValue() throws(Stop) {
        var depth = 0
        repeat {
            let byte = try next()
            switch byte {
            case UInt8(ascii: "\""): _ = try skipString()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                guard depth <= Self.maximumDepth else { throw .malformed }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                guard depth >= 0 else { throw .malformed }
            case UInt8(ascii: ","), UInt8(ascii: ":"): guard depth > 0 else { throw .malformed }
            default:
                guard Self.startsValue(byte) else { throw .malformed }
                while offset < bytes.count, Self.continuesScalar(bytes[offset]) { offset += 1 }
            }
        } while depth > 0
    }

    /// After the opening quote; stands after the closing one. Where the string's inside lies.
    private mutating func skipString() throws(Stop) -> Range<Int> {
        let start = offset
        while offset < bytes.count {
            switch bytes[offset] {
            case UInt8(ascii: "\""):
                offset += 1
                return start..<(offset - 1)
            case UInt8(ascii: "\\"): offset += 2
            default: offset += 1
            }
        }
        throw .endOfBytes
    }

    private func isEqual(_ range: Range<Int>, _ token: [UInt8]) -> Bool {
        if range.count == token.count, bytes[range].elementsEqual(token) { return true }
        guard bytes[range].contains(UInt8(ascii: "\\")) else { return false }
        return JSONString.unescape(Array(bytes[range])[...]) == token
    }

    /// The next byte that is not white space.
    private mutating func next() throws(Stop) -> UInt8 {
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            if !Self.isWhitespace(byte) { return byte }
        }
        throw .endOfBytes
    }

    private mutating func skipByteOrderMark() throws(Stop) {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
    }

    private static func isWhitespace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    private static func startsValue(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39: true
        default: "{[\"-tfn".utf8.contains(byte)
        }
    }

    private static func continuesNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39: true
        default: "+-.eE".utf8.contains(byte)
        }
    }

    private static func continuesScalar(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x61...0x7A: true
        default: continuesNumber(byte)
        }
    }
}
