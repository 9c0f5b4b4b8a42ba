import Files

/// All chance in a simulated history comes from one of these.
struct SimulationRandom {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func next() -> UInt64 { generator.next() }

    /// A number from zero up to, and without, `bound`.
    mutating func below(_ bound: Int) -> Int { Int(generator.next() % UInt64(bound)) }

    mutating func oneIn(_ count: Int) -> Bool { below(count) == 0 }

    mutating func pick<T>(_ values: [T]) -> T { values[below(values.count)] }

    /// One of the values, as often as the numbers beside them say.
    mutating func pick<T>(weighted values: [(weight: Int, value: T)]) -> T {
        var left = below(values.reduce(0) { $0 + $1.weight })
        for (weight, value) in values {
            if left < weight { return value }
            left -= weight
        }
        return values[0].value
    }
}
