import Mesh

/// A route's changes to a header as bytes.
struct FieldEdits {
    private let removed: [[UInt8]]
    private let added: [(name: [UInt8], value: [UInt8])]

    init(_ edits: HeaderEdits) {
        removed = (edits.remove + edits.set.map(\.name)).map { Array($0.utf8) }
        added = (edits.set + edits.add).map { (Array($0.name.utf8), Array($0.value.utf8)) }
    }

    var isEmpty: Bool { removed.isEmpty && added.isEmpty }

    func write(to edits: inout HeadEdits) {
        for name in removed { edits.remove(name) }
        for field in added { edits.add(field.name, field.value) }
    }
}
