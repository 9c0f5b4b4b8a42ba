import Interop
import NIOCore
import NIOHTTP1
import Synchronization
import Telemetry
import Transport

/// Posts OTLP/HTTP protobuf, one request at a time; refusals that may be retried are, as the specification asks.
final class OTLPSender: LoadSender {
    private static let retryable: Set<Int> = [429, 502, 503, 504]

    private let client: HTTPClient
    private let url: String
    private let headers: HTTPHeaders
    private let patience: Duration
    private let meter: LoadMeter
    private let isCancelled = Atomic(false)

    init(url: String, token: String?, patience: Duration, meter: LoadMeter, group: any EventLoopGroup) {
        client = HTTPClient(group: group)
        self.url = url
        self.patience = patience
        self.meter = meter
        var headers: HTTPHeaders = ["content-type": "application/x-protobuf"]
        if let token { headers.add(name: "authorization", value: "Bearer \(token)") }
        self.headers = headers
    }

    func send(_ item: LoadItem) async throws {
        let body = ByteBuffer(bytes: item.request)
        let count = item.spans.count
        let start = ContinuousClock.now
        meter.sent(spans: count)
        while !isCancelled.load(ordering: .relaxed) {
            var pause = Duration.milliseconds(100)
            do {
                let answer = try await client.post(url, headers: headers, body: body)
                meter.onWire(bytes: body.readableBytes)
                if answer.status == 200 {
                    meter.accepted(Array(answer.body.readableBytesView), item, since: start)
                    return
                }
                let reason = "HTTP \(answer.status): \(Self.sentence(answer))"
                guard Self.retryable.contains(answer.status) else {
                    meter.refused(spans: count, reason: reason)
                    return
                }
                if let seconds = answer.headers.first(name: "retry-after").flatMap({ Int($0) }) {
                    pause = .seconds(min(seconds, 5))
                }
                meter.retried(reason)
            } catch {
                if error.code != .connect, error.code != .badURL { meter.onWire(bytes: body.readableBytes) }
                if error.code == .badURL { throw error }
                meter.retried(error.description)
            }
            if ContinuousClock.now - max(start, meter.snapshot.lastProgress) > patience { return }
            try await Task.sleep(for: pause)
        }
    }

    /// What a `google.rpc.Status` body says, or the body's printable start.
    private static func sentence(_ answer: HTTPClient.Response) -> String {
        let text = String(decoding: answer.body.readableBytesView.prefix(300), as: UTF8.self)
        return String(text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F && $0.value != 0xFFFD })
    }

    func finish(patience: Duration) async { client.closeIdle() }

    func cancel() { isCancelled.store(true, ordering: .relaxed) }
}
