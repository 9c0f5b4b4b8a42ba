import Telemetry

/// The names of services and operations, each with a number. Number 0 is the empty name.
struct NameTable: Sendable {
    private var strings = StringTable()
    private let limit: Int
    private(set) var overflow: UInt32

    init(limit: Int) {
        self.limit = limit
        overflow = strings.intern(SpanMetrics.overflow).rawValue
    }

    /// The number of a name, or that of `_overflow` where there is no room for another.
    mutating func number(_ name: UnsafeRawBufferPointer) -> UInt32 {
        var name = name
        if name.count > SpanMetrics.maximumNameBytes {
            var end = SpanMetrics.maximumNameBytes
            while end > 0, name[end] & 0xC0 == 0x80 { end -= 1 }
            name = UnsafeRawBufferPointer(rebasing: name[..<end])
        }
        if strings.count < limit { return strings.intern(name).rawValue }
        return strings.find(name)?.rawValue ?? overflow
    }

    mutating func number(_ name: String) -> UInt32 {
        var name = name
        return name.withUTF8 { number(UnsafeRawBufferPointer($0)) }
    }

    func text(_ number: UInt32) -> String { strings.string(StringRef(number)) }

    func withBytes<R>(_ number: UInt32, _ body: (UnsafeRawBufferPointer) -> R) -> R {
        strings.withBytes(StringRef(number), body)
    }
}
