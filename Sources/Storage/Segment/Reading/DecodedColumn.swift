/// The values of one attribute of one shape in one block, all decoded: element `i` belongs to the shape's row of rank
/// `i` (`RowBlock.rank`).
struct DecodedColumn: Sendable {
    /// Whether a row takes the value that its (key, type) had last in its piece, in this row or one before; empty where
    /// none does. The row's own element in `values` is zero then.
    var isRepeated: [Bool]
    /// Payload bits. Of strings, bytes, arrays and maps: a string number of the group's dictionaries, or, where `texts`
    /// is not `nil`, an index into that.
    var values: [UInt64]
    var texts: StringList?
}
