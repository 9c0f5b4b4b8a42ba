/// What the spans of one kind of operation have in common, kept in a connection's dictionary: a row then names its
/// shape and carries only what differs.
struct WireShape: Hashable {
    /// Connection number of the resource, from 0.
    var resource: UInt32
    var scope: UInt32
    /// Dictionary string number.
    var name: UInt32
    var kind: Int32
    var statusCode: Int32
    var flags: UInt32
    /// Connection number of the attribute layout; 0 is the empty one.
    var layout: UInt32
}

/// How the values of one attribute column of one group follow in a batch. Numbers are the protocol's.
enum ColumnMode {
    static let constant: UInt8 = 0
    static let stride: UInt8 = 1
    static let delta: UInt8 = 2
    static let plain: UInt8 = 3
    static let raw: UInt8 = 4
    static let table: UInt8 = 5
    static let decimal: UInt8 = 6
    static let constantDelta: UInt8 = 7
    /// Not on the wire as a mode: the bitmap says it.
    static let same: UInt8 = 0xFF

    static let maximumTable = 16
    static let maximumExponent = 6
}

/// Powers of ten that `ColumnMode.decimal` divides by: exact as binary64, so that the division rounds once, everywhere
/// alike.
let decimalScale: [Double] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000]

/// The optional sparse columns of a batch, as bits.
enum SparseColumn {
    static let statusMessage: UInt64 = 1 << 0
    static let traceState: UInt64 = 1 << 1
    static let droppedAttributes: UInt64 = 1 << 2
    static let droppedEvents: UInt64 = 1 << 3
    static let droppedLinks: UInt64 = 1 << 4
    static let events: UInt64 = 1 << 5
    static let links: UInt64 = 1 << 6
    static let all: UInt64 = (1 << 7) - 1
}

/// Ids minted as a prefix and a counter cost a byte or two: the last id of each of 16 lanes is remembered, the lane
/// picked by a hash of the id's upper 24 bits.
struct IDLanes {
    var last: [UInt64] = [UInt64](repeating: 0, count: 16)

    @inline(__always)
    static func lane(_ id: UInt64) -> Int {
        Int(truncatingIfNeeded: ((id >> 40) &* 0x9E37_79B9_7F4A_7C15) >> 60)
    }

    static let raw: UInt8 = 0
    static let lanes: UInt8 = 1
}
