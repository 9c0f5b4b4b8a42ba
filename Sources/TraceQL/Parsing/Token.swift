/// A piece of a query's text.
struct Token: Equatable {
    enum Kind: Equatable {
        case literal(Literal)
        case field(Field)
        /// A word that is not a literal: an intrinsic, a function.
        case word(String)
        /// An operator, a bracket, a comma.
        case symbol(String)
        case end
    }

    var kind: Kind
    /// Where it starts and ends in the text.
    var offset: Int
    var end: Int
}
