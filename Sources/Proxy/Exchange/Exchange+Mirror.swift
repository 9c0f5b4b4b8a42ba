import NIOCore
import Telemetry

/// Copies of requests.
extension Exchange {
    /// Decides whether the request is mirrored; its body is then kept as it goes by.
    func prepareMirror(_ route: RouteState) {
        guard tunnel == nil, let mirror = route.route.mirror, mirror.percent.takes(worker.random.next()) else { return }
        if case .fixed(let length) = downstream.head.body, length > mirror.maximumBodyBytes { return }
        traffic.mirrored = worker.emptyBuffer
        if requestDone { sendMirror() }
    }

    func keepForMirror(_ content: ByteBuffer) {
        guard traffic.mirrored != nil else { return }
        let limit = route?.route.mirror?.maximumBodyBytes ?? 0
        if (traffic.mirrored?.readableBytes ?? 0) + content.readableBytes > limit {
            traffic.mirrored = nil
        } else {
            traffic.mirrored?.writeImmutableBuffer(content)
        }
    }

    /// The request is complete: its copy goes.
    func sendMirror() {
        guard let body = traffic.mirrored, let mirror = route?.mirror else { return }
        traffic.mirrored = nil
        guard worker.mirrors.count < Worker.maximumMirrors else { return }
        MirrorDownstream(of: downstream, body: body, trailers: requestTrailers).send(mirror, worker: worker)
    }

    /// This exchange is a copy.
    func beginMirror(_ route: RouteState) {
        adoptTrace(downstream.head)
        adoptCall()
        self.route = route
        let series = route.series(for: downstream.principal)
        self.series = series
        series.began()
        requestDeadline = started.after(milliseconds: route.route.timeoutMilliseconds)
        traffic.destination = route.destination(&worker.random)
        forward()
    }
}
