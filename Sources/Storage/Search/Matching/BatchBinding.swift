import Telemetry

/// What a filter knows of one batch: where its keys are, and what it found out about resources and scopes.
struct BatchBinding {
    /// By leaf: the key as the batch has it; `nil` when no span of the batch has it.
    let keys: [StringRef?]
    /// By leaf and resource, scope or string: what came out. Empty where one row is all that is asked for.
    var ofResource: [[Outcome]]
    var ofScope: [[Outcome]]
    /// By leaf and layout: the place of the first attribute of the key, plus one; 0 for none.
    var places: [[Int32]]

    enum Outcome: UInt8 {
        case unknown
        case isFalse
        case isTrue
    }

    init(_ filter: CompiledFilter, _ batch: borrowing SpanBatch, remembers: Bool) {
        var keys: [StringRef?] = []
        keys.reserveCapacity(filter.leaves.count)
        for leaf in filter.leaves {
            keys.append(leaf.key.withUnsafeBytes { batch.strings.find($0) })
        }
        self.keys = keys
        ofResource = []
        ofScope = []
        places = []
        guard remembers else { return }
        for leaf in filter.leaves.indices {
            ofResource.append([Outcome](repeating: .unknown, count: batch.resources.count))
            ofScope.append([Outcome](repeating: .unknown, count: batch.scopes.count))
            places.append([Int32](repeating: 0, count: batch.shapes.count))
            guard case .attribute = filter.leaves[leaf].field, let key = keys[leaf] else { continue }
            for shape in 0..<UInt32(batch.shapes.count) {
                let fields = batch.shapes.range(shape)
                if let place = fields.first(where: { batch.shapes.fields[$0].key == key }) {
                    places[leaf][Int(shape)] = Int32(place - fields.lowerBound + 1)
                }
            }
        }
    }

    /// The place of the first attribute of leaf `leaf`'s key in a list; `nil` for none.
    func place(_ leaf: Int, _ list: AttributeList, _ batch: borrowing SpanBatch) -> Int? {
        guard let key = keys[leaf] else { return nil }
        if !places.isEmpty {
            let place = places[leaf][Int(list.shape)]
            return place == 0 ? nil : Int(place) - 1
        }
        let fields = batch.shapes.range(list.shape)
        return fields.first { batch.shapes.fields[$0].key == key }.map { $0 - fields.lowerBound }
    }
}
