/// One thing that goes wrong in a `FailingFileSystem`.
public struct Fault: Sendable, Hashable {
    public enum Effect: Sendable, Hashable {
        /// The operation does nothing and fails with this error number.
        case error(Int32)
        /// A write puts down this many bytes, at most all but one, and then fails with this error number.
        case shortWrite(bytes: Int, errno: Int32)
        /// A read returns bytes with one bit turned, at this bit of what was read (modulo its length).
        case flippedBit(Int)
    }

    public var operation: FileError.Operation
    /// Only files whose path contains this; empty for all.
    public var pathContains: String
    /// How many matching operations go well first.
    public var skip: Int
    /// How many matching operations fail then; `Int.max` for all.
    public var times: Int
    public var effect: Effect

    public init(
        _ operation: FileError.Operation, pathContains: String = "", skip: Int = 0, times: Int = 1, effect: Effect
    ) {
        self.operation = operation
        self.pathContains = pathContains
        self.skip = skip
        self.times = times
        self.effect = effect
    }
}
