import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A small generator whose seed a failing test prints; `WAYBILL_SEED` repeats a run.
struct Seed: RandomNumberGenerator {
    let value: UInt64
    private var state: UInt64

    /// How much longer tests run when they are to find what is rare.
    static let soak = getenv("WAYBILL_SOAK") == nil ? 1 : 50

    init() {
        let given = getenv("WAYBILL_SEED").flatMap { UInt64(String(cString: $0)) }
        value = given ?? UInt64.random(in: 1 ... .max)
        state = value
    }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    var comment: Comment { "WAYBILL_SEED=\(value)" }
}
