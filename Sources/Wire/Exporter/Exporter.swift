import Files
import NIOCore
import NIOPosix
import Synchronization
import Telemetry

/// Sends spans and metrics to one or two collectors: bounded in memory and on disk, never waiting in a caller, nothing
/// dropped without a loss record.
///
///     let exporter = try Exporter(configuration: configuration, group: group, files: RealFileSystem())
///     exporter.start()
///     let admission = exporter.export(batch, delivery: .payment, whenSpoolFull: .recordLoss)
///     _ = await exporter.shutdown(deadline: .now() + .seconds(5))
///
/// An exporter that was started must be shut down.
public final class Exporter: Sendable {
    public let configuration: Configuration
    /// Random, made at each start: sequences belong to it.
    public let incarnation: UInt64
    let loop: any EventLoop
    let outbox: Outbox
    let spool: Spool?
    let pool: NIOThreadPool
    private let counters: Mutex<ExporterStatistics>
    private let isWakePending = Atomic(false)
    private let openEndpoints = Atomic(0)
    let links = Mutex(Links())
    let spoolQueue = Mutex<[UInt64]>([])
    /// Items of earlier incarnations that wait.
    let recoveredItems = Atomic(0)
    /// Somebody lets in only what can be recorded: an eighth of the queue and of the spool is kept for that.
    private let isAsked = Atomic(false)
    /// Uptime nanoseconds before which a spool that could not be written is not relied on; 0: it works.
    let spoolFailedUntil = Atomic<UInt64>(0)

    struct Links {
        var live: [Uplink] = []
        var recovered: [Uplink] = []
        var waitingOutboxes: [Outbox] = []
        var isStarted = false
        var isShutDown = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    /// Takes the spool directory's lock. Throws `FileError` when the spool cannot be used, `ExporterError` when the
    /// configuration cannot work.
    public init(configuration: Configuration, group: any EventLoopGroup, files: any FileSystem) throws {
        guard (1...2).contains(configuration.endpoints.count) else {
            throw ExporterError("an exporter sends to one or two endpoints, not \(configuration.endpoints.count)")
        }
        guard (1...ControlFrame.maximumInstanceBytes).contains(configuration.instance.utf8.count) else {
            throw ExporterError("an exporter's instance has 1 to \(ControlFrame.maximumInstanceBytes) bytes")
        }
        self.configuration = configuration
        incarnation = UInt64.random(in: 1 ... .max)
        loop = group.next()
        outbox = Outbox(
            incarnation: incarnation, instance: configuration.instance, endpoints: configuration.endpoints.count)
        pool = NIOThreadPool(numberOfThreads: 1)
        if let directory = configuration.spoolDirectory {
            spool = try Spool(
                directory: directory, incarnation: incarnation, instance: configuration.instance, files: files)
        } else {
            spool = nil
        }
        var statistics = ExporterStatistics()
        statistics.configuredEndpoints = configuration.endpoints.count
        counters = Mutex(statistics)
    }

    /// Connects, and begins with what earlier incarnations left in the spool.
    public func start() {
        let uplinks = makeUplinks(outbox)
        let isFirst = links.withLock { links in
            if links.isStarted || links.isShutDown { return false }
            links.isStarted = true
            links.live = uplinks
            return true
        }
        guard isFirst else { return }
        pool.start()
        loop.execute { for uplink in uplinks { uplink.start() } }
        guard let spool else { return }
        pool.submit { [self] _ in
            do throws(FileError) {
                let leftovers = try spool.recover { damage in
                    note {
                        $0.spoolErrors += 1
                        $0.lastError = damage.sentence
                        $0.droppedBatches += damage.loss?.batches ?? 0
                        $0.droppedSpans += damage.loss?.spans ?? 0
                    }
                    if let loss = damage.loss { outbox.state.withLock { Outbox.record(loss, &$0) } }
                }
                let outboxes = leftovers.map { Outbox($0, endpoints: configuration.endpoints.count) }
                let count = leftovers.reduce(0) { $0 + $1.entries.count }
                recoveredItems.add(count, ordering: .relaxed)
                note { $0.recoveredBatches += UInt64(count) }
                loop.execute { [self] in
                    links.withLock { $0.waitingOutboxes = outboxes }
                    startRecovered()
                }
                wake()
            } catch { noteSpool(error.description) }
        }
    }

    /// Hands a batch over; thread-safe. `completion` is called once, on any thread, for a batch that is `.accepted`, and
    /// never for another. After `shutdown` every batch is `.refused`.
    public func export(
        _ batch: consuming SpanBatch, delivery: DeliveryClass, whenSpoolFull: SpoolFullPolicy = .recordLoss,
        completion: (@Sendable (ExportOutcome) -> Void)? = nil
    ) -> Admission {
        let count = batch.count
        let size = batch.memoryBytes
        let first = batch.startNanoseconds.min() ?? 0
        let last = batch.endNanoseconds.max() ?? 0
        let item = Outbox.Item(
            sequence: 0, content: .memory(.spans(batch)), delivery: delivery, spans: count, bytes: size, first: first,
            last: last, completion: completion)
        return admit(item, policy: delivery == .payment ? whenSpoolFull : .recordLoss)
    }

    /// Hands metric deltas over, under the same sequence rules; thread-safe.
    @discardableResult
    public func export(metrics: MetricBatch) -> Admission {
        let size = WireSubmission(sequence: 0, content: .metrics(metrics)).memoryBytes
        let item = Outbox.Item(
            sequence: 0, content: .memory(.metrics(metrics)), delivery: .ordinary, spans: 0, bytes: size,
            first: metrics.startNanoseconds, last: metrics.endNanoseconds)
        return admit(item, policy: .recordLoss)
    }

    /// Whether the record of something that begins now can be kept. From the first time that this is asked an eighth of
    /// the queue and of the spool is kept for batches whose policy is `.refuse`: what else there is to export cannot take
    /// the room of what was let in by the answer and is not recorded yet.
    public func canAccept(_ delivery: DeliveryClass) -> Bool {
        isAsked.store(true, ordering: .relaxed)
        let size = min(64 << 10, configuration.queueLimitBytes / 8)
        return outbox.state.withLock { state in
            if state.isClosed { return false }
            if hasQueueRoom(size, state, sparing: true) { return true }
            return delivery == .payment && !isSpoolFailing && hasSpoolRoom(size, state, adding: 1, sparing: true)
        }
    }

    public var statistics: ExporterStatistics {
        var statistics = counters.withLock { $0 }
        statistics.connectedEndpoints = openEndpoints.load(ordering: .relaxed)
        statistics.spoolBytes = UInt64(spool?.byteCount ?? 0)
        outbox.state.withLock { state in
            statistics.queuedBatches = UInt64(state.count)
            statistics.queuedSpans = state.items[state.head...].reduce(0) { $0 + UInt64($1.spans) }
            statistics.queuedBytes = UInt64(state.queuedBytes + state.spoolingBytes + state.overheadBytes)
        }
        return statistics
    }

    func note(_ change: (inout ExporterStatistics) -> Void) { counters.withLock { change(&$0) } }

    private func admit(_ item: Outbox.Item, policy: SpoolFullPolicy) -> Admission {
        let isAway = openEndpoints.load(ordering: .relaxed) < configuration.endpoints.count
        var spoolSequence: UInt64?
        let admission = outbox.state.withLock { state -> Admission in
            if state.isClosed { return .refused }
            let isSparing = policy != .refuse && isAsked.load(ordering: .relaxed)
            let fits = hasQueueRoom(item.bytes, state, sparing: isSparing)
            let isFailing = isSpoolFailing
            let mayspool =
                item.delivery == .payment && (isAway || !fits) && !isFailing
                && hasSpoolRoom(item.bytes, state, adding: 1, sparing: isSparing)
            guard fits || mayspool else {
                if policy == .refuse { return .refused }
                let reason: LossReason =
                    item.delivery != .payment || spool == nil ? .queueFull : isFailing ? .spoolFailed : .spoolFull
                Outbox.record(Exporter.loss(of: item, reason), &state)
                return .recordedLoss
            }
            var item = item
            item.sequence = state.nextSequence
            state.nextSequence += 1
            item.isSpooling = mayspool
            if mayspool {
                state.spoolingBytes += item.bytes
                spoolSequence = item.sequence
            } else {
                state.queuedBytes += item.bytes
            }
            state.items.append(item)
            return .accepted
        }
        note { statistics in
            switch admission {
            case .accepted:
                statistics.acceptedBatches += 1
                statistics.acceptedSpans += UInt64(item.spans)
            case .recordedLoss:
                statistics.droppedBatches += 1
                statistics.droppedSpans += UInt64(item.spans)
            case .refused: statistics.refusedBatches += 1
            }
        }
        if let spoolSequence { enqueueSpool([spoolSequence]) }
        if admission != .refused { wake() }
        return admission
    }

    static func loss(of item: Outbox.Item, _ reason: LossReason) -> LossRecord {
        var points: UInt64 = 0
        if case .memory(.metrics(let batch)) = item.content { points = UInt64(batch.points.count) }
        return LossRecord(
            reason: reason, batches: 1, spans: UInt64(item.spans), metricPoints: points, firstNanoseconds: item.first,
            lastNanoseconds: item.last)
    }

    private func hasQueueRoom(_ bytes: Int, _ state: Outbox.State, sparing: Bool) -> Bool {
        let limit = Exporter.share(of: configuration.queueLimitBytes, sparing)
        return state.queuedBytes + state.overheadBytes + Outbox.itemBytes + bytes <= limit
    }

    /// Whether the spool, and the memory of what is on its way there and of `adding` more items, can take `bytes` more.
    func hasSpoolRoom(_ bytes: Int, _ state: Outbox.State, adding items: Int, sparing: Bool = false) -> Bool {
        guard let spool else { return false }
        let count = state.count + items + recoveredItems.load(ordering: .relaxed)
        return state.spoolingBytes + bytes + count * Outbox.itemBytes
            <= Exporter.share(of: configuration.queueLimitBytes, sparing)
            && spool.byteCount + state.spoolingBytes + bytes
                <= Exporter.share(of: configuration.spoolLimitBytes, sparing)
    }

    private static func share(of limit: Int, _ isSparing: Bool) -> Int { isSparing ? limit - limit / 8 : limit }

    func wake() {
        guard !isWakePending.exchange(true, ordering: .acquiringAndReleasing) else { return }
        loop.execute { [self] in
            isWakePending.store(false, ordering: .releasing)
            for uplink in links.withLock({ $0.live + $0.recovered }) { uplink.wake() }
        }
    }

    func uplinkOpened(_ uplink: Uplink) {
        if !uplink.outbox.isRecovered { openEndpoints.add(1, ordering: .relaxed) }
    }

    func uplinkLost(_ uplink: Uplink) {
        guard !uplink.outbox.isRecovered else { return }
        openEndpoints.subtract(1, ordering: .relaxed)
        spoolWaiting()
    }
}

/// A configuration that cannot work, in one sentence.
public struct ExporterError: Error, Sendable, CustomStringConvertible {
    public var description: String
    init(_ description: String) { self.description = description }
}
