import Files
import Storage
import Telemetry

/// One history of a store on a bad disk: all that happens comes from the seed, and every answer is compared with what
/// a simple model says.
final class Simulation {
    static let directory = "/data"
    /// A submission of so many spans is larger than the store takes.
    static let tooManySpans = 700
    /// 2026-11-23T00:00:00Z.
    static let start: UInt64 = 1_795_392_000 * 1_000_000_000

    let seed: UInt64
    var random: SimulationRandom
    var disk: SimulatedFileSystem
    var store: Store?
    let gate = WriterGate()
    var model = StoreModel()
    var spans: SimulationSpans
    let configuration: Store.Configuration
    var retention: RetentionModel
    /// The collector's clock.
    var now = Simulation.start
    /// What was done, a line each, for people who look into a failure.
    private(set) var steps: [String] = []
    var figures = SimulationFigures()

    /// Operations of the disk fail by chance.
    var isFaulty = false
    var profile = FaultProfile.none
    /// The clock of the last pass of the upkeep.
    var lastPass = 0 as UInt64
    /// A pass may have removed more than the model knows.
    var isExpiryUnknown = false
    /// There is little room on the disk.
    var isFull = false
    /// A removal may have become durable or not: until that is settled nobody can place a hold.
    var isRemovalDoubtful = false
    /// The machine stops after some more operations, or has stopped.
    var isStopping = false
    /// Damaged segments stay as evidence, though their time is over.
    var hasEvidence = false
    /// A file with a bit turned: errors may name it, and answers must be right all the same.
    var rotten: String?
    /// A sync failed: this life of the store acknowledges nothing any more.
    var hasFailed = false
    /// What the store handed over when it was opened, and was acknowledged since.
    var metricTotals = KeptMetrics()
    /// The store was opened while the disk failed by chance: it may have met errors that it remembers.
    var wasOpenedOnFaultyDisk = false

    init(seed: UInt64) {
        self.seed = seed
        random = SimulationRandom(seed: seed)
        disk = SimulatedFileSystem(seed: random.next())
        spans = SimulationSpans(random: &random)
        var configuration = Store.Configuration()
        configuration.maximumSubmissionBytes = 128 << 10
        // Sealing happens when a step says so, and at no other time.
        configuration.sealAfterSeconds = 1_000_000
        retention = RetentionModel()
        if random.oneIn(2) { retention = RetentionModel(random: &random) }
        configuration.retention = retention.rules
        configuration.finalSegmentBytes = random.pick([1 << 30, 30_000, 8_000])
        configuration.indexFanIn = random.pick([2, 3, 4])
        self.configuration = configuration
    }

    var mayFail: Bool { isFaulty || isStopping }

    func say(_ line: @autoclosure () -> String) { steps.append(line()) }

    func count(_ figure: WritableKeyPath<SimulationFigures, Int>) { figures[keyPath: figure] += 1 }

    /// Plays the whole history.
    func run() throws {
        defer { abandon() }
        say(
            "keep \(retention.defaultKeepDays.map { "\($0)" } ?? "all") days, "
                + retention.classes.map { "\($0.name) \($0.keepDays.map { "\($0)" } ?? "all")" }.joined(separator: ", ")
        )
        try open()
        for _ in 0..<20 + random.below(60) { try step() }
        try settle()
    }

    /// A good end: the disk is well again, and nothing is missing.
    private func settle() throws {
        isFaulty = false
        isFull = false
        disk.fail(.none)
        disk.resize(toBytes: nil)
        say("settle")
        if isStopping || store == nil || hasFailed { try restart(.clean) }
        try checkAll()
        try seal()
        try checkAll()
        try maintain()
        try checkAll()
        try restart(.clean)
    }

    /// Does something, or, where `attempt` may go wrong, tries to. Returns `nil` where it went wrong and may.
    func attempt<R>(_ what: String, mayFail: Bool, _ body: () throws -> R) throws -> R? {
        do { return try body() } catch let error as StoreError {
            say("  \(what): \(error)")
            guard mayFail || rotten.map({ error.description.contains($0) }) ?? false else {
                throw SimulationFailure("\(what) failed on a good disk: \(error)")
            }
            return nil
        }
    }

    /// Ends this life of the store, without a word to its disk where that has stopped.
    func abandon() {
        gate.release()
        store = nil
        hasFailed = false
    }
}

/// How much a history had in it.
struct SimulationFigures {
    var steps = 0
    var batches = 0
    var spans = 0
    var restarts = 0
    var crashes = 0
    var faults = 0
    var checks = 0
    var rots = 0
    var passes = 0
    var compactions = 0
    var merges = 0
    var expired = 0
    var backups = 0

    static func += (left: inout SimulationFigures, right: SimulationFigures) {
        for path in [
            \SimulationFigures.steps, \.batches, \.spans, \.restarts, \.crashes, \.faults, \.checks, \.rots, \.passes,
            \.compactions, \.merges, \.expired, \.backups,
        ] {
            left[keyPath: path] += right[keyPath: path]
        }
    }
}
