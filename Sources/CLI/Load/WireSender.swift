import Files
import NIOCore
import Synchronization
import Telemetry
import Wire

/// Sends through the exporter that proxies use.
final class WireSender: LoadSender {
    private let exporter: Exporter
    private let meter: LoadMeter
    private let window: LoadWindow
    private let isCancelled = Atomic(false)

    init(
        endpoint: Exporter.Endpoint, instance: String, window: Int, meter: LoadMeter, group: any EventLoopGroup
    ) throws {
        var configuration = Exporter.Configuration(endpoints: [endpoint], instance: instance)
        configuration.queueLimitBytes = 256 << 20
        configuration.reconnectMaximumMilliseconds = 1000
        exporter = try Exporter(configuration: configuration, group: group, files: RealFileSystem())
        self.meter = meter
        self.window = LoadWindow(size: window)
        exporter.start()
    }

    func send(_ item: LoadItem) async throws {
        await window.enter()
        let start = ContinuousClock.now
        let traces = item.traces
        let count = item.spans.count
        while !isCancelled.load(ordering: .relaxed) {
            let admission = exporter.export(item.spans, delivery: .payment, whenSpoolFull: .refuse) {
                [meter, window] outcome in
                switch outcome {
                case .acknowledged: meter.acknowledged(spans: count, traces: traces, since: start)
                case .refused(let refusal): meter.refused(spans: count, reason: refusal.description)
                case .lost, .leftInSpool: meter.noted("the exporter gave up a batch of \(count) spans")
                }
                window.leave()
            }
            if admission == .accepted {
                meter.sent(spans: count)
                return
            }
            meter.retried("the exporter's queue was full")
            try await Task.sleep(for: .milliseconds(2))
        }
        window.leave()
    }

    func finish(patience: Duration) async {
        let begin = ContinuousClock.now
        while !isCancelled.load(ordering: .relaxed), exporter.statistics.queuedSpans > 0 {
            if ContinuousClock.now - max(begin, meter.snapshot.lastProgress) > patience { break }
            do {
                try await Task.sleep(for: .milliseconds(2))
            } catch {
                break
            }
        }
        let final = await exporter.shutdown(deadline: .now() + .seconds(2))
        meter.onWire(bytes: Int(final.bytesOnWire))
        if !final.lastError.isEmpty { meter.noted(final.lastError) }
    }

    func cancel() {
        isCancelled.store(true, ordering: .relaxed)
        window.open()
    }
}
