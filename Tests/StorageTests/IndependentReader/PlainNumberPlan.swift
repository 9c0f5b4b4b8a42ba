/// How a column of 64-bit numbers is packed.
struct PlainNumberPlan {
    let wide: Int
    let narrow: Int
    /// Whether values are stored (0), their differences (1), or the differences of those (2).
    let order: Int
    let base: UInt64
    let scale: UInt64

    init(_ source: inout PlainBytes, version: UInt32) throws {
        wide = Int(try source.u8())
        narrow = Int(try source.u8())
        order = version == 1 ? 0 : Int(try source.u8())
        base = UInt64(bitPattern: try source.zigzag())
        scale = try source.varint()
        guard wide <= 64, narrow <= wide, order <= 2 else { throw PlainError("a plan of \(narrow) and \(wide) bits") }
    }
}
