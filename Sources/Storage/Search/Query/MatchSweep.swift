import Telemetry

/// All matches in order, the newest first, each handed over as soon as nothing that comes before it can be found any more;
/// equal spans once.
struct MatchSweep: MatchSink {
    /// A match that waits for those before it.
    struct Waiting {
        var candidate: Candidate
        var group: UInt32
        var number: Double
    }

    /// Matches that wait, about 70 bytes each. Beyond it the older half is let go of, and searched for again.
    static let maximumWaiting = 1 << 19

    private let after: SearchCursor?
    private var projector: SpanProjector
    private let body: (ProjectedSpan) throws(StoreError) -> Bool
    private var places = CandidatePlaces()
    /// By place: how many wait.
    private var waitingIn: [Int] = []
    /// What the place that was opened last gives of its rows.
    private var projected = ProjectedRows(count: 0, isWhole: false)
    private var heap = Heap()
    private var mostWaiting: Int
    private(set) var worstStart: UInt64?
    private(set) var isSatisfied = false
    let takesUnsettled: Bool

    init(
        _ projector: SpanProjector, after: SearchCursor?, maximumWaiting: Int, takesUnsettled: Bool,
        _ body: @escaping (ProjectedSpan) throws(StoreError) -> Bool
    ) {
        self.projector = projector
        self.after = after
        self.body = body
        mostWaiting = maximumWaiting
        self.takesUnsettled = takesUnsettled
    }

    var gaps: [SearchAnswer.Gap] { places.gaps }

    /// What started then, or before, was let go of: it is to be searched for again.
    var cut: UInt64? { worstStart.map { $0 - 1 } }

    mutating func open(_ live: LiveBatch, _ rows: [Int]) -> Int {
        projected = projector.project(live.spans, rows)
        return add(.live(live))
    }

    mutating func open(
        _ scan: GroupScan, index: Int, _ rows: inout BlockScan, path: String
    ) throws(StoreError) -> Int {
        projected = try projector.project(&rows, scan, path: path)
        return add(.block(scan, index: index))
    }

    private mutating func add(_ place: Candidate.Place) -> Int {
        if let last = waitingIn.indices.last, waitingIn[last] == 0 { places.drop(last) }
        waitingIn.append(0)
        return places.add(place)
    }

    mutating func passOver() {}

    mutating func insert(_ candidate: Candidate) {
        if let after, candidate.isBefore(after) { return }
        guard mayTake(start: candidate.start) else { return }
        waitingIn[candidate.place] += 1
        let isWhole = projected.whole.contains(candidate.row)
        heap.insert(
            Waiting(
                candidate: candidate, group: isWhole ? ProjectedRows.wholeGroup : projected.group(candidate.row),
                number: projected.number(candidate.row)))
    }

    mutating func settle(frontier: UInt64?) throws(StoreError) {
        while !isSatisfied, let first = heap.first, frontier.map({ first.candidate.start > $0 }) ?? true {
            heap.removeFirst()
            let isAlone = heap.first.map { !$0.candidate.hasSameIdentity(as: first.candidate) } ?? true
            if isAlone, after.map({ $0.startNanoseconds != first.candidate.start }) ?? true {
                try hand(over: first)
                leave(first)
            } else {
                try settleTie(first)
            }
        }
        if heap.count > mostWaiting { letGo() }
    }

    private mutating func settleTie(_ first: Waiting) throws(StoreError) {
        var tied = [first]
        while let next = heap.first, next.candidate.hasSameIdentity(as: first.candidate) {
            tied.append(next)
            heap.removeFirst()
        }
        for candidate in try places.distinct(tied.map(\.candidate)[...], after: after) {
            let waiting = tied.first { $0.candidate.place == candidate.place && $0.candidate.row == candidate.row }
            if let waiting, !isSatisfied { try hand(over: waiting) }
        }
        tied.forEach { leave($0) }
    }

    private mutating func hand(over waiting: Waiting) throws(StoreError) {
        let candidate = waiting.candidate
        let span: ProjectedSpan
        if waiting.group == ProjectedRows.wholeGroup {
            guard let whole = try places.span(candidate) else { return }
            span = .whole(whole)
        } else {
            span = .columns(
                ProjectedRow(
                    traceID: candidate.traceID, spanID: candidate.spanID, startNanoseconds: candidate.start,
                    group: waiting.group == SpanGroups.tooMany ? nil : Int(waiting.group),
                    number: waiting.number.isNaN ? nil : waiting.number))
        }
        isSatisfied = try !body(span)
    }

    private mutating func leave(_ waiting: Waiting) {
        let place = waiting.candidate.place
        waitingIn[place] -= 1
        if waitingIn[place] == 0, place != waitingIn.count - 1 { places.drop(place) }
    }

    /// Keeps the newer half, and with one start all or none.
    private mutating func letGo() {
        let waiting = heap.removeAll().sorted { $0.candidate.precedes($1.candidate) }
        let cut = waiting[waiting.count / 2].candidate.start
        guard cut < .max, waiting[0].candidate.start > cut else {
            // Half of them started at the same nanosecond: they are held together.
            waiting.forEach { heap.insert($0) }
            mostWaiting *= 2
            return
        }
        worstStart = cut + 1
        for one in waiting {
            if one.candidate.start > cut { heap.insert(one) } else { leave(one) }
        }
    }
}

extension MatchSweep {
    /// Matches in the order of answers: a binary heap.
    struct Heap {
        private var items: [Waiting] = []

        var first: Waiting? { items.first }
        var count: Int { items.count }

        mutating func insert(_ item: Waiting) {
            items.append(item)
            var place = items.count - 1
            while place > 0 {
                let parent = (place - 1) / 2
                guard item.candidate.precedes(items[parent].candidate) else { break }
                items[place] = items[parent]
                place = parent
            }
            items[place] = item
        }

        mutating func removeFirst() {
            guard let last = items.popLast(), !items.isEmpty else { return }
            var place = 0
            while true {
                var best = 2 * place + 1
                guard best < items.count else { break }
                if best + 1 < items.count, items[best + 1].candidate.precedes(items[best].candidate) { best += 1 }
                guard items[best].candidate.precedes(last.candidate) else { break }
                items[place] = items[best]
                place = best
            }
            items[place] = last
        }

        mutating func removeAll() -> [Waiting] {
            let all = items
            items = []
            return all
        }
    }
}
