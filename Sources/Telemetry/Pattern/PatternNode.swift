/// A parsed regular expression.
indirect enum PatternNode: Sendable {
    case empty
    case set(ScalarSet)
    case sequence([PatternNode])
    case choice([PatternNode])
    /// `most` is `nil` for no bound.
    case repeated(PatternNode, least: Int, most: Int?)
    /// The start and the end of the text.
    case start
    case end
}
