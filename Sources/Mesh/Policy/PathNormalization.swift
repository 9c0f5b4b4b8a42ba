/// How a request's path is rewritten before routes and rules look at it and the service gets it; the words are Istio's.
public enum PathNormalization: String, Sendable, Hashable, CaseIterable {
    /// Passed on as it came.
    case none
    /// As RFC 3986 §6.2.2 has it: escapes of letters, digits, `-`, `.`, `_` and `~` resolved, those that stay in capitals,
    /// dot segments removed.
    case base
    /// Repeated slashes count as one; then that.
    case mergeSlashes = "merge-slashes"

    public enum Outcome: Sendable, Hashable {
        case unchanged
        case rewritten([UInt8])
        /// Servers differ on what it means: a broken escape, an escaped NUL, a backslash, or more `..` than segments.
        case ambiguous
    }

    /// - Parameter target: In origin form, path and query; the query stays as it is.
    public func apply(to target: UnsafeRawBufferPointer) -> Outcome {
        guard self != .none, target.first == UInt8(ascii: "/") else { return .unchanged }
        var end = 0
        var isNormal = true
        var previous: UInt8 = 0
        while end < target.count, target[end] != UInt8(ascii: "?") {
            let byte = target[end]
            switch byte {
            case UInt8(ascii: "%"): isNormal = false
            case UInt8(ascii: "\\"): return .ambiguous
            case UInt8(ascii: "."): if previous == UInt8(ascii: "/") { isNormal = false }
            case UInt8(ascii: "/"): if previous == byte, self == .mergeSlashes { isNormal = false }
            default: break
            }
            previous = byte
            end &+= 1
        }
        if isNormal { return .unchanged }
        guard var path = Self.unescaped(UnsafeRawBufferPointer(rebasing: target[..<end])) else { return .ambiguous }
        if self == .mergeSlashes { path = Self.merged(path) }
        guard var output = Self.withoutDots(path) else { return .ambiguous }
        output += target[end...]
        return output.elementsEqual(target) ? .unchanged : .rewritten(output)
    }

    private static func unescaped(_ path: UnsafeRawBufferPointer) -> [UInt8]? {
        var output: [UInt8] = []
        output.reserveCapacity(path.count)
        var offset = 0
        while offset < path.count {
            guard path[offset] == UInt8(ascii: "%") else {
                output.append(path[offset])
                offset += 1
                continue
            }
            guard offset + 2 < path.count, let high = nibble(path[offset + 1]), let low = nibble(path[offset + 2])
            else {
                return nil
            }
            let byte = high << 4 | low
            if byte == 0 { return nil }
            if isUnreserved(byte) {
                output.append(byte)
            } else {
                output += [UInt8(ascii: "%"), digit(high), digit(low)]
            }
            offset += 3
        }
        return output
    }

    private static func merged(_ path: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(path.count)
        for byte in path where byte != UInt8(ascii: "/") || output.last != byte { output.append(byte) }
        return output
    }

    /// RFC 3986 §5.2.4, but `..` beyond the root is no path.
    private static func withoutDots(_ path: [UInt8]) -> [UInt8]? {
        var segments: [ArraySlice<UInt8>] = []
        var endsOpen = false
        for part in path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            endsOpen = false
            if part.elementsEqual(".".utf8) {
                endsOpen = true
            } else if part.elementsEqual("..".utf8) {
                guard segments.popLast() != nil else { return nil }
                endsOpen = true
            } else {
                segments.append(part)
            }
        }
        var output: [UInt8] = []
        output.reserveCapacity(path.count)
        for segment in segments {
            output.append(UInt8(ascii: "/"))
            output += segment
        }
        if endsOpen { output.append(UInt8(ascii: "/")) }
        return output
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: true
        default: false
        }
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }

    private static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x37 + nibble }
}
