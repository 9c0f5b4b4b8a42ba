/// What the store did that it must not.
struct SimulationFailure: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}
