/// Why a collector does not start: one sentence, and whether its configuration is at fault or the machine.
public struct CollectorStartError: Error, Sendable, CustomStringConvertible {
    public var isConfiguration: Bool
    public var description: String

    init(configuration description: String) {
        self.isConfiguration = true
        self.description = description
    }

    init(machine description: String) {
        self.isConfiguration = false
        self.description = description
    }
}
