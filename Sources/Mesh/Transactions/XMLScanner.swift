/// Walks the bytes of an XML body (UTF-8) to the text of elements, without building the document.
///
/// Namespaces are ignored: prefixes are cut off. A document type declaration is refused, so entities are the five that
/// XML predefines and character references; nothing is ever expanded beyond what was sent.
public struct XMLScanner {
    /// Deeper nesting is `.malformed`.
    public static let maximumDepth = 64
    /// Of one path in one message; a bulk message with more payments is looked at no further.
    public static let maximumFindings = 64
    /// Longer texts are no ids: kept up to here, and refused by their length.
    static let maximumTextBytes = 16_384

    private enum Stop: Error {
        case endOfBytes
        case malformed
        case enough
    }

    private let bytes: UnsafeRawBufferPointer
    private let path: XMLElementPath
    private var offset = 0
    /// Local names of the open elements, outermost first.
    private var open: [Range<Int>] = []
    /// Text of the innermost matching element, while inside of it.
    private var text: [UInt8] = []
    private var textDepth: Int?
    private var found: [[UInt8]] = []

    /// - Parameter isWhole: Whether the body ends with `bytes`.
    public static func find(
        _ path: XMLElementPath, in bytes: UnsafeRawBufferPointer, isWhole: Bool
    ) -> BodyFinding {
        var scanner = XMLScanner(bytes: bytes, path: path)
        let stop = scanner.walk()
        if !scanner.found.isEmpty { return .found(scanner.found) }
        switch stop {
        case .endOfBytes where !isWhole: return .beyondBound
        case .endOfBytes: return scanner.isBlank ? .absent : .malformed
        case .malformed: return .malformed
        case .enough: return .absent
        }
    }

    private init(bytes: UnsafeRawBufferPointer, path: XMLElementPath) {
        self.bytes = bytes
        self.path = path
    }

    private var isBlank: Bool { bytes.allSatisfy(Self.isWhitespace) }

    private mutating func walk() -> Stop {
        do {
            while true { try step() }
        } catch {
            return error
        }
    }

    private mutating func step() throws(Stop) {
        guard offset < bytes.count else { throw .endOfBytes }
        guard bytes[offset] == UInt8(ascii: "<") else { return try readText() }
        guard offset + 1 < bytes.count else { throw .endOfBytes }
        switch bytes[offset + 1] {
        case UInt8(ascii: "/"): try endElement()
        case UInt8(ascii: "?"): _ = try skip(to: "?>", from: offset + 2)
        case UInt8(ascii: "!"): try readDeclaration()
        default: try startElement()
        }
    }

    /// Comments and CDATA sections; a document type declaration ends the walk.
    private mutating func readDeclaration() throws(Stop) {
        if try starts(with: "<!--") {
            _ = try skip(to: "-->", from: offset + 4)
        } else if try starts(with: "<![CDATA[") {
            let start = offset + 9
            let end = try skip(to: "]]>", from: start)
            if textDepth == open.count { append(bytes[start..<end]) }
        } else {
            throw .malformed
        }
    }

    private mutating func startElement() throws(Stop) {
        let name = try readName(from: offset + 1)
        let selfClosing = try skipAttributes()
        guard open.count < Self.maximumDepth else { throw .malformed }
        open.append(name)
        if matchesPath() {
            textDepth = open.count
            text.removeAll(keepingCapacity: true)
        }
        if selfClosing { try closeInnermost() }
    }

    private mutating func endElement() throws(Stop) {
        let name = try readName(from: offset + 2)
        skipWhitespace()
        guard offset < bytes.count else { throw .endOfBytes }
        guard bytes[offset] == UInt8(ascii: ">"), let last = open.last, bytes[last].elementsEqual(bytes[name]) else {
            throw .malformed
        }
        offset += 1
        try closeInnermost()
    }

    private mutating func closeInnermost() throws(Stop) {
        if textDepth == open.count {
            textDepth = nil
            let trimmed = Self.trim(text[...])
            if !trimmed.isEmpty { found.append(Array(trimmed)) }
            if found.count == Self.maximumFindings { throw .enough }
        }
        open.removeLast()
        if open.isEmpty { throw .enough }
    }

    private func matchesPath() -> Bool {
        let names = path.names
        guard path.fromRoot ? open.count == names.count : open.count >= names.count else { return false }
        let first = open.count - names.count
        for index in names.indices where !bytes[open[first + index]].elementsEqual(names[index]) { return false }
        return true
    }

    /// A qualified name; the range of its local part. Stands after it.
    private mutating func readName(from start: Int) throws(Stop) -> Range<Int> {
        offset = start
        var local = start
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte == UInt8(ascii: ":") {
                local = offset + 1
            } else if !XMLElementPath.isNameByte(byte) {
                guard offset > local else { throw .malformed }
                return local..<offset
            }
            offset += 1
        }
        throw .endOfBytes
    }

    /// To after the `>` of a start tag; whether it closes itself. Quoted values may hold anything.
    private mutating func skipAttributes() throws(Stop) -> Bool {
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            switch byte {
            case UInt8(ascii: ">"): return bytes[offset - 2] == UInt8(ascii: "/")
            case UInt8(ascii: "<"): throw .malformed
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                while offset < bytes.count, bytes[offset] != byte { offset += 1 }
                offset += 1
            default: continue
            }
        }
        throw .endOfBytes
    }

    private mutating func readText() throws(Stop) {
        let start = offset
        while offset < bytes.count, bytes[offset] != UInt8(ascii: "<") { offset += 1 }
        let run = bytes[start..<offset]
        if open.isEmpty {
            // Before the root only white space and a byte order mark may stand.
            guard run.allSatisfy({ Self.isWhitespace($0) || [0xEF, 0xBB, 0xBF].contains($0) }) else {
                throw .malformed
            }
        } else if textDepth == open.count {
            guard offset < bytes.count else { throw .endOfBytes }
            guard let decoded = XMLEntities.decode(run) else { throw .malformed }
            append(decoded)
        }
    }

    private mutating func append(_ run: some Collection<UInt8>) {
        text.append(contentsOf: run.prefix(Self.maximumTextBytes - text.count))
    }

    private func starts(with prefix: StaticString) throws(Stop) -> Bool {
        let expected = UnsafeRawBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount)
        let available = min(expected.count, bytes.count - offset)
        guard bytes[offset..<(offset + available)].elementsEqual(expected.prefix(available)) else { return false }
        guard available == expected.count else { throw .endOfBytes }
        return true
    }

    /// To after `terminator`; where it begins.
    private mutating func skip(to terminator: StaticString, from start: Int) throws(Stop) -> Int {
        let expected = UnsafeRawBufferPointer(start: terminator.utf8Start, count: terminator.utf8CodeUnitCount)
        var position = start
        while position + expected.count <= bytes.count {
            if bytes[position] == expected[0],
                bytes[position..<(position + expected.count)].elementsEqual(expected)
            {
                offset = position + expected.count
                return position
            }
            position += 1
        }
        throw .endOfBytes
    }

    private mutating func skipWhitespace() {
        while offset < bytes.count, Self.isWhitespace(bytes[offset]) { offset += 1 }
    }

    private static func isWhitespace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    private static func trim(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = text
        while let first = text.first, isWhitespace(first) { text = text.dropFirst() }
        while let last = text.last, isWhitespace(last) { text = text.dropLast() }
        return text
    }
}
