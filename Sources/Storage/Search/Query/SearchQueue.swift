/// What is still to be searched, the newest first: a binary heap.
struct SearchQueue<Item> {
    struct Entry {
        /// No span of it started later.
        var latestStart: UInt64
        /// Of entries with the same latest start the first put in comes first: the order never varies.
        fileprivate var number: Int
        var item: Item

        fileprivate func precedes(_ other: Entry) -> Bool {
            latestStart != other.latestStart ? latestStart > other.latestStart : number < other.number
        }
    }

    private var heap: [Entry] = []
    private var next = 0

    var first: Entry? { heap.first }

    mutating func insert(_ item: Item, latestStart: UInt64) {
        heap.append(Entry(latestStart: latestStart, number: next, item: item))
        next += 1
        var place = heap.count - 1
        while place > 0, heap[place].precedes(heap[(place - 1) / 2]) {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    mutating func removeFirst() -> Entry? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        if heap.isEmpty { return first }
        heap[0] = last
        var place = 0
        while true {
            var best = place
            for child in [2 * place + 1, 2 * place + 2] where child < heap.count && heap[child].precedes(heap[best]) {
                best = child
            }
            if best == place { return first }
            heap.swapAt(place, best)
            place = best
        }
    }
}
