import Synchronization
import Telemetry

/// What one incarnation has to deliver, in the order of its sequences, until every endpoint has acknowledged it.
/// Thread-safe; nothing in it waits.
final class Outbox: Sendable {
    struct Item: Sendable {
        enum Content: Sendable {
            case memory(WireSubmission.Content)
            case spooled(Spool.Location)
        }

        var sequence: UInt64
        var content: Content
        var delivery: DeliveryClass
        var spans: Int
        /// Bytes it takes in memory while it is there.
        var bytes: Int
        var first: UInt64
        var last: UInt64
        /// On its way to the spool's thread.
        var isSpooling = false
        /// A collector refused it for good.
        var isRefused = false
        /// Called once, with what became of it.
        var completion: (@Sendable (ExportOutcome) -> Void)?

        var isLosses: Bool { if case .memory(.losses) = content { true } else { false } }
    }

    /// What an item takes in memory beside its content, wherever that is.
    static let itemBytes = 256
    /// Items of loss records at most at a time: while as many wait, further losses are added up in `State.losses`.
    static let maximumLossItems = 64

    struct State {
        var items: [Item] = []
        var head = 0
        var nextSequence: UInt64 = 1
        var acknowledgedThrough: [UInt64]
        /// Bytes of items in memory that are not on their way to the spool, and of those that are.
        var queuedBytes = 0
        var spoolingBytes = 0
        var losses: [LossReason: LossRecord] = [:]
        /// How many items are loss records.
        var lossItems = 0
        var isClosed = false

        var count: Int { items.count - head }
        var overheadBytes: Int { count * Outbox.itemBytes }

        /// The index of the first item with a sequence above `sequence`.
        func index(after sequence: UInt64) -> Int {
            var low = head
            var high = items.count
            while low < high {
                let middle = (low + high) / 2
                if items[middle].sequence <= sequence { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }

    let incarnation: UInt64
    let instance: String
    /// For an outbox read back from a spool: its incarnation's last sequence, when that is known.
    let recoveredLast: UInt64?
    let isRecovered: Bool
    let state: Mutex<State>

    init(incarnation: UInt64, instance: String, endpoints: Int) {
        self.incarnation = incarnation
        self.instance = instance
        recoveredLast = nil
        isRecovered = false
        state = Mutex(State(acknowledgedThrough: Array(repeating: 0, count: endpoints)))
    }

    init(_ leftover: Spool.Leftover, endpoints: Int) {
        incarnation = leftover.incarnation
        instance = leftover.instance
        recoveredLast = leftover.lastSequence
        isRecovered = true
        var initial = State(acknowledgedThrough: Array(repeating: 0, count: endpoints))
        initial.items = leftover.entries.map { entry in
            Item(
                sequence: entry.sequence, content: .spooled(entry.location), delivery: .payment,
                spans: Int(entry.spans), bytes: 0, first: entry.first, last: entry.last)
        }
        initial.nextSequence = (leftover.entries.last?.sequence ?? 0) + 1
        initial.isClosed = true
        state = Mutex(initial)
    }

    /// The next item that `endpoint` needs above `sequence`. Losses that wait become an item first.
    func next(after sequence: UInt64) -> Item? {
        state.withLock { state in
            if state.lossItems < Outbox.maximumLossItems { Outbox.placeLosses(&state) }
            let index = state.index(after: sequence)
            return index < state.items.count ? state.items[index] : nil
        }
    }

    /// Gives pending losses a sequence of their own: when something is sent, or nothing more will be, since each such
    /// item takes memory until it is acknowledged.
    static func placeLosses(_ state: inout State) {
        if state.losses.isEmpty { return }
        let records = state.losses.values.sorted { $0.reason.rawValue < $1.reason.rawValue }
        state.losses.removeAll()
        state.items.append(
            Item(
                sequence: state.nextSequence, content: .memory(.losses(records)), delivery: .payment, spans: 0,
                bytes: 0, first: records.map(\.firstNanoseconds).min() ?? 0,
                last: records.map(\.lastNanoseconds).max() ?? 0))
        state.nextSequence += 1
        state.lossItems += 1
    }

    static func record(_ loss: LossRecord, _ state: inout State) {
        if var known = state.losses[loss.reason] {
            known.merge(loss)
            state.losses[loss.reason] = known
        } else {
            state.losses[loss.reason] = loss
        }
    }

    /// `endpoint` has everything up to `sequence`. Returns the items that all endpoints have now.
    func acknowledge(_ sequence: UInt64, endpoint: Int) -> [Item] {
        state.withLock { state in
            guard sequence > state.acknowledgedThrough[endpoint] else { return [] }
            state.acknowledgedThrough[endpoint] = sequence
            let settled = state.acknowledgedThrough.min() ?? 0
            var done: [Item] = []
            while state.head < state.items.count, state.items[state.head].sequence <= settled {
                let item = state.items[state.head]
                if case .memory = item.content {
                    if item.isSpooling { state.spoolingBytes -= item.bytes } else { state.queuedBytes -= item.bytes }
                }
                if item.isLosses { state.lossItems -= 1 }
                done.append(item)
                // The content must not outlive its acknowledgement.
                state.items[state.head].content = .memory(.losses([]))
                state.items[state.head].completion = nil
                state.head += 1
            }
            if state.head > 64, state.head * 2 > state.items.count {
                state.items.removeFirst(state.head)
                state.head = 0
            }
            return done
        }
    }

    /// Puts a loss record in the place of an item that can never be delivered. `nil` when it is gone already.
    func replace(_ sequence: UInt64, by reason: LossReason) -> Item? {
        state.withLock { state in
            let index = state.index(after: sequence - 1)
            guard index < state.items.count, state.items[index].sequence == sequence else { return nil }
            let item = state.items[index]
            if item.isLosses { return nil }
            var points: UInt64 = 0
            if case .memory(let content) = item.content {
                if case .metrics(let batch) = content { points = UInt64(batch.points.count) }
                if item.isSpooling { state.spoolingBytes -= item.bytes } else { state.queuedBytes -= item.bytes }
            }
            let record = LossRecord(
                reason: reason, batches: 1, spans: UInt64(item.spans), metricPoints: points,
                firstNanoseconds: item.first, lastNanoseconds: item.last)
            state.items[index].content = .memory(.losses([record]))
            state.items[index].bytes = 0
            state.items[index].isSpooling = false
            state.items[index].spans = 0
            state.items[index].completion = nil
            state.lossItems += 1
            return item
        }
    }

    /// Nothing is left and nothing more will come.
    var isSettled: Bool { state.withLock { $0.isClosed && $0.head == $0.items.count && $0.losses.isEmpty } }

    var isEmpty: Bool { state.withLock { $0.head == $0.items.count && $0.losses.isEmpty } }

    func firstUnacknowledged(endpoint: Int) -> UInt64 { state.withLock { $0.acknowledgedThrough[endpoint] &+ 1 } }

    /// The highest sequence given out; of an earlier incarnation it is not known.
    var highestAssigned: UInt64 {
        isRecovered ? UInt64(Int64.max) : state.withLock { $0.nextSequence - 1 }
    }

    /// What CLOSE names; `nil` when the incarnation's end is not known.
    var lastSequence: UInt64? {
        if isRecovered { return recoveredLast }
        return state.withLock { $0.isClosed ? $0.nextSequence - 1 : nil }
    }
}

extension Outbox {
    func item(_ sequence: UInt64) -> Item? {
        state.withLock { state in
            let index = state.index(after: sequence - 1)
            guard index < state.items.count, state.items[index].sequence == sequence else { return nil }
            return state.items[index]
        }
    }

    /// An item's way to the spool ended: at `location`, or in memory after all. `false` when it is gone already, or when
    /// memory beyond `limit` would have to hold it.
    func settleSpooling(_ sequence: UInt64, at location: Spool.Location?, limit: Int = .max) -> Bool {
        state.withLock { state in
            let index = state.index(after: sequence - 1)
            guard index < state.items.count, state.items[index].sequence == sequence, state.items[index].isSpooling
            else { return false }
            state.items[index].isSpooling = false
            state.spoolingBytes -= state.items[index].bytes
            if let location {
                state.items[index].content = .spooled(location)
            } else {
                state.queuedBytes += state.items[index].bytes
                return state.queuedBytes + state.overheadBytes <= limit
            }
            return true
        }
    }

    /// Marks an item as refused by a collector; `nil` when it is gone or was marked before.
    func refuse(_ sequence: UInt64) -> Item? {
        state.withLock { state in
            let index = state.index(after: sequence - 1)
            guard index < state.items.count, state.items[index].sequence == sequence, !state.items[index].isRefused
            else { return nil }
            if state.items[index].isLosses { return nil }
            state.items[index].isRefused = true
            let item = state.items[index]
            state.items[index].completion = nil
            return item
        }
    }
}
