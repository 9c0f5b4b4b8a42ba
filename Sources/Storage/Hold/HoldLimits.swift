extension HoldRecord {
    /// Refuses what is empty or too long.
    static func check(_ subject: Hold.Subject) throws(StoreError) {
        switch subject {
        case .transaction(let value, let kind):
            try check(value, "the transaction's id", maximumValueBytes)
            if let kind { try check(kind, "the transaction's kind", maximumKeyBytes) }
        case .attribute(let key, let value):
            try check(key, "the attribute's key", maximumKeyBytes)
            guard value.utf8.count <= maximumValueBytes else {
                throw StoreError(.limit, "the attribute's value must have at most \(maximumValueBytes) bytes")
            }
        case .time(let from, let to):
            guard from <= to else { throw StoreError(.limit, "the time of a hold must not end before it starts") }
        }
    }

    static func check(reason: String, by name: String) throws(StoreError) {
        try check(reason, "the reason", maximumReasonBytes)
        try check(name, "the name of who says so", maximumNameBytes)
    }

    private static func check(_ text: String, _ what: String, _ limit: Int) throws(StoreError) {
        guard 1...limit ~= text.utf8.count else {
            throw StoreError(.limit, "\(what) must have 1 to \(limit) bytes, and has \(text.utf8.count)")
        }
    }
}
