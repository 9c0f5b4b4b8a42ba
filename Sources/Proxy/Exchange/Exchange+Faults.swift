import Mesh
import NIOCore

/// Faults put in on purpose.
extension Exchange {
    func faultRule(_ route: RouteState) -> FaultRule? {
        guard route.faults != nil else { return nil }
        let fields = downstream.head.fields
        return route.faults?.fault(
            principal: downstream.principal.text, wallNanoseconds: startedWall, random: &worker.random
        ) { fields.value(named: $0) }
    }

    func inject(_ rule: FaultRule, _ route: RouteState) {
        let fault = InjectedFault(rule)
        traffic.fault = fault
        route.faultsInjected[rule.name]?.increment()
        guard rule.delayMilliseconds > 0 else {
            breakOrForward(rule)
            return
        }
        addFlag(.delayInjected)
        let bound = NIOLoopBound(self, eventLoop: worker.eventLoop)
        fault.timer = worker.eventLoop.scheduleTask(in: .milliseconds(Int64(rule.delayMilliseconds))) {
            let exchange = bound.value
            exchange.fault?.timer = nil
            guard exchange.phase != .finished else { return }
            exchange.breakOrForward(rule)
            exchange.worker.settle()
        }
    }

    private func breakOrForward(_ rule: FaultRule) {
        switch rule.breaks {
        case .abort(let status): answer(status, .faultInjected, "the fault rule \(rule.name) answers so on purpose")
        case .reset: abort(.faultInjected, "the fault rule \(rule.name) broke off the request on purpose")
        case nil: forward()
        }
    }

    /// Passes on a piece of a response, or keeps it until it is due at the fault's rate; no more is read meanwhile.
    func sendThrottled(_ content: ByteBuffer) {
        guard let fault, fault.rule.responseBytesPerSecond > 0, content.readableBytes > 0 else {
            downstream.sendContent(content)
            return
        }
        let took = UInt64(Double(content.readableBytes) / Double(fault.rule.responseBytesPerSecond) * 1e9)
        fault.throttledUntil = max(Clock.monotonic(), fault.throttledUntil) &+ took
        fault.held.writeImmutableBuffer(content)
        if !fault.isThrottled { waitUntilDue(fault) }
    }

    private func waitUntilDue(_ fault: InjectedFault) {
        let now = Clock.monotonic()
        let left = fault.throttledUntil > now ? fault.throttledUntil &- now : 0
        let bound = NIOLoopBound(self, eventLoop: worker.eventLoop)
        fault.timer = worker.eventLoop.scheduleTask(in: .nanoseconds(Int64(left))) {
            let exchange = bound.value
            if let fault = exchange.fault { exchange.release(fault) }
            exchange.worker.settle()
        }
    }

    private func release(_ fault: InjectedFault) {
        fault.timer = nil
        guard phase == .responding else { return }
        // More may have come in the same reading.
        if Clock.monotonic() < fault.throttledUntil { return waitUntilDue(fault) }
        let content = fault.held
        fault.held = ByteBuffer()
        touchResponse()
        downstream.sendContent(content)
        if let trailers = fault.heldEnd {
            endResponse(trailers)
        } else {
            upstream?.resume()
        }
    }

    /// Reads no more of a tunnel until what has been sent is due at the fault's rate.
    func throttleTunnel(_ bytes: Int) {
        guard let fault, fault.rule.responseBytesPerSecond > 0, bytes > 0 else { return }
        let now = Clock.monotonic()
        let took = UInt64(Double(bytes) / Double(fault.rule.responseBytesPerSecond) * 1e9)
        fault.throttledUntil = max(now, fault.throttledUntil) &+ took
        guard !fault.isThrottled else { return }
        let bound = NIOLoopBound(self, eventLoop: worker.eventLoop)
        fault.timer = worker.eventLoop.scheduleTask(in: .nanoseconds(Int64(fault.throttledUntil &- now))) {
            let exchange = bound.value
            exchange.fault?.timer = nil
            guard exchange.phase == .responding else { return }
            exchange.upstream?.resume()
            exchange.worker.settle()
        }
    }
}
