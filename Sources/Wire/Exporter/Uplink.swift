import NIOCore
import NIOPosix

/// Keeps one endpoint supplied with one outbox: connects, reconnects with jittered back-off, and ends when the outbox is
/// closed and empty. Everything but `init` runs on the exporter's event loop.
final class Uplink: @unchecked Sendable {
    let exporter: Exporter
    let outbox: Outbox
    let endpoint: Int
    /// The highest sequence that ever went out here: what goes again below it is resent.
    var highestSent: UInt64 = 0
    var lastEpoch: UInt64 = 0

    private var handler: UplinkHandler?
    private var channel: (any Channel)?
    private var failures = 0
    private var isStopped = false
    private(set) var isFinished = false
    private var retry: Scheduled<Void>?
    private let finished: @Sendable (Uplink) -> Void

    init(exporter: Exporter, outbox: Outbox, endpoint: Int, finished: @escaping @Sendable (Uplink) -> Void) {
        self.exporter = exporter
        self.outbox = outbox
        self.endpoint = endpoint
        self.finished = finished
    }

    func start() {
        exporter.loop.assertInEventLoop()
        if isStopped { return }
        if outbox.isEmpty, outbox.isRecovered { return finish() }
        connect()
    }

    /// There may be something to send.
    func wake() {
        exporter.loop.assertInEventLoop()
        handler?.pump()
        if handler == nil, channel == nil, failures > 0, outbox.isSettled { finish() }
    }

    /// Drops the connection and does not come back.
    func stop() {
        exporter.loop.assertInEventLoop()
        isStopped = true
        retry?.cancel()
        channel?.close(promise: nil)
        finish()
    }

    private func connect() {
        if isStopped || isFinished { return }
        let target = exporter.configuration.endpoints[endpoint]
        let bootstrap = ClientBootstrap(group: exporter.loop)
            .connectTimeout(.milliseconds(exporter.configuration.connectTimeoutMilliseconds))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    if let make = exporter.configuration.makeTLSHandlers {
                        try channel.pipeline.syncOperations.addHandlers(try make())
                    }
                    try channel.pipeline.syncOperations.addHandler(UplinkHandler(self))
                }
            }
        bootstrap.connect(host: target.host, port: target.port).whenComplete { [self] result in
            switch result {
            case .success(let channel):
                self.channel = channel
                if isStopped { channel.close(promise: nil) }
            case .failure(let error):
                failed("cannot connect to \(target.host):\(target.port): \(sentence(error))")
                reconnect()
            }
        }
    }

    func attached(_ handler: UplinkHandler) { self.handler = handler }

    func opened() {
        failures = 0
        exporter.uplinkOpened(self)
    }

    func failed(_ error: any Error) {
        let target = exporter.configuration.endpoints[endpoint]
        failed("the connection to \(target.host):\(target.port) failed: \(sentence(error))")
    }

    private func sentence(_ error: any Error) -> String {
        exporter.configuration.describeTLSFailure(error) ?? ConnectionFailure.sentence(error)
    }

    func failed(_ reason: String) { exporter.note { $0.lastError = reason } }

    /// The connection is gone. `wasOpen`: its session had been granted.
    func detached(wasOpen: Bool) {
        handler = nil
        channel = nil
        if wasOpen { exporter.uplinkLost(self) }
        reconnect()
    }

    func finish() {
        if isFinished { return }
        isFinished = true
        retry?.cancel()
        finished(self)
    }

    private func reconnect() {
        if isStopped || isFinished { return }
        if outbox.isSettled { return finish() }
        let configuration = exporter.configuration
        let most = configuration.reconnectMaximumMilliseconds
        let least = max(1, configuration.reconnectMinimumMilliseconds)
        let backOff = min(most, least << Int64(min(failures, 20)))
        failures += 1
        exporter.note { $0.reconnects += 1 }
        let delay = Int64.random(in: max(1, backOff / 2)...max(1, backOff))
        retry = exporter.loop.scheduleTask(in: .milliseconds(delay)) { [self] in connect() }
    }
}
