import Telemetry

/// How one attribute of one shape is stored in the whole segment; the blocks then hold bare data.
struct ColumnPlan {
    /// Which rows take their value from the row before them in the piece that has the same key and type.
    enum Prediction: UInt8, CaseIterable {
        case none = 0
        case all = 1
        /// A bit a row says.
        case bitmap = 2
    }

    /// How the values are stored that are not taken from an earlier row.
    enum Encoding: UInt8, CaseIterable {
        /// One value for all.
        case constant = 0
        /// Packed numbers: the payload's bits.
        case number = 1
        /// Doubles that are whole numbers over a power of ten, as packed numbers.
        case scaled = 2
        /// Packed indices into the column's own dictionary.
        case dictionary = 3
        /// The same indices as planes of bytes, for LZ4 to find repetition in.
        case dictionaryPlanes = 4
        /// Strings that are UUIDs: 128 bits.
        case uuid = 5
        /// Strings of an even number of lower-case hexadecimal digits: their bytes.
        case hex = 6
        /// Strings of decimal digits: packed numbers.
        case decimal = 7
        /// Strings as they are.
        case text = 8
        /// Strings of a fixed length over a small alphabet: packed numbers.
        case symbols = 9
    }

    var prediction = Prediction.none
    var encoding = Encoding.constant
    /// Constant: the payload (for strings the segment's string).
    var constant: UInt64 = 0
    var number = NumberPlan()
    /// Payloads, in the order of their index.
    var dictionary: [UInt64] = []
    /// Hex: bytes a value. Decimal: digits a value, or 0. UUID: 1 for upper case. Scaled: the power of ten.
    var size: UInt8 = 0
    /// What all strings of the encodings from `uuid` on begin and end with; it is not in the blocks.
    var prefix: [UInt8] = []
    var suffix: [UInt8] = []
    var symbols: SymbolCoding?

    /// Planes of bytes that an index of the dictionary takes.
    var planes: Int { dictionary.count <= 256 ? 1 : 2 }

    static let powersOfTen: [Double] = [1, 10, 100, 1000, 10_000]
}
