/// A column of a listing's key, in SQLite's order: numbers, then texts, then blobs.
enum ListingColumn: Hashable, Comparable {
    case integer(Int64)
    case text([UInt8])
    case blob([UInt8])

    static func text(_ text: String) -> ListingColumn { .text(Array(text.utf8)) }

    static func < (left: ListingColumn, right: ListingColumn) -> Bool {
        switch (left, right) {
        case (.integer(let left), .integer(let right)): left < right
        case (.text(let left), .text(let right)), (.blob(let left), .blob(let right)):
            left.lexicographicallyPrecedes(right)
        case (.integer, _), (.text, .blob): true
        default: false
        }
    }

    var string: String? {
        guard case .text(let bytes) = self else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    var number: Int64? {
        guard case .integer(let number) = self else { return nil }
        return number
    }
}
