import Mesh
import NIOCore

/// Asks one endpoint in HTTP/1 whether it works, or only whether it can be reached.
final class HealthProbe: ByteConnection, EndpointProbe {
    private let settings: HealthCheck
    private let isSecure: Bool
    private let address: String
    private let deadline: UInt64
    private var finder = HeadFinder()
    private var head: ResponseHead
    /// Told once whether the endpoint passed.
    private var report: ((Bool) -> Void)?

    init(
        worker: Worker, settings: HealthCheck, address: String, isSecure: Bool, report: @escaping (Bool) -> Void
    ) {
        self.settings = settings
        self.address = address
        self.isSecure = isSecure
        self.report = report
        deadline = Clock.monotonic().after(milliseconds: settings.timeoutMilliseconds)
        head = ResponseHead(limits: worker.upstreamLimits)
        super.init(worker: worker)
    }

    func conclude(passed: Bool) {
        let report = report
        self.report = nil
        report?(passed)
        close()
    }

    override func active() { if !isSecure { ask() } }
    override func secured() { ask() }
    override func failed(_ error: any Error) { conclude(passed: false) }
    override func closed() { conclude(passed: false) }
    override func check(now: UInt64) { if now >= deadline { conclude(passed: false) } }

    private func ask() {
        guard settings.kind == .http else {
            conclude(passed: true)
            return
        }
        write { output in
            output.writeStaticString("GET ")
            output.writeString(settings.path)
            output.writeStaticString(" HTTP/1.1\r\nhost: ")
            output.writeString(settings.host ?? address)
            output.writeStaticString("\r\nuser-agent: waybill-proxy\r\nconnection: close\r\n\r\n")
        }
    }

    override func step() {
        switch finder.find(in: input, limit: worker.upstreamLimits.maximumHeadBytes) {
        case .incomplete: break
        case .fault: conclude(passed: false)
        case .found(let length):
            guard let bytes = input.readSlice(length: length) else { return }
            let isSound = head.parse(bytes, answering: .get) == nil
            conclude(passed: isSound && settings.expectedStatuses.contains(head.status))
        }
    }
}
