import Telemetry

/// The traces of each live transaction id: values interned, entries chained per value.
struct TransactionTable: Sendable {
    /// A rule that found the value, and in which trace.
    struct Entry: Sendable {
        var rule: Int
        var traceID: TraceID
        /// The value's next entry plus one; zero at the end.
        fileprivate var next: UInt32 = 0
    }

    private var values = StringTable()
    /// By value: entry number plus one, zero for none.
    private var first: [UInt32] = [0]
    private var last: [UInt32] = [0]
    private var entries: [Entry] = []

    /// Adds an entry, unless it repeats the value's last one.
    mutating func insert(_ value: UnsafeRawBufferPointer, rule: Int, traceID: TraceID) {
        let ref = Int(values.intern(value).rawValue)
        if ref == first.count {
            first.append(0)
            last.append(0)
        }
        let newest = Int(last[ref])
        if newest > 0, entries[newest - 1].rule == rule, entries[newest - 1].traceID == traceID { return }
        entries.append(Entry(rule: rule, traceID: traceID))
        let number = UInt32(entries.count)
        if newest > 0 { entries[newest - 1].next = number } else { first[ref] = number }
        last[ref] = number
    }

    /// The entries of `value`, in the order of insertion.
    func entries(of value: [UInt8]) -> [Entry] {
        guard let ref = value.withUnsafeBytes({ values.find($0) }) else { return [] }
        var found: [Entry] = []
        var next = first[Int(ref.rawValue)]
        while next != 0 {
            let entry = entries[Int(next) - 1]
            found.append(entry)
            next = entry.next
        }
        return found
    }
}
