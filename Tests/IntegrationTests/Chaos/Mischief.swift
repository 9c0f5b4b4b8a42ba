import Mesh
import Telemetry
import TestSupport
import Testing

/// What is done to the bank, by the dice: each kind in every round, in another order each time.
struct Mischief {
    let mesh: BankMesh
    let isOver: @Sendable () -> Bool
    static let abortStatus = 590
    static var kinds: Int { OfProxies.allCases.count + OfServices.allCases.count }

    // MARK: Proxies

    private enum OfProxies: String, CaseIterable {
        case kill = "proxies killed"
        case killAgain = "proxies killed at once again"
        case terminate = "proxies ended"
        case rotate = "keys rotated"
        case rotateRoots = "roots rotated"
        case delay = "delays injected"
        case abort = "aborts injected"
        case reset = "resets injected"
    }

    func ofProxies(_ dice: Dice) async throws {
        var dice = dice
        // The first round is whole, however slow the machine is.
        var isFirst = true
        while isFirst || !isOver() {
            for action in OfProxies.allCases.shuffled(using: &dice) where isFirst || !isOver() {
                let service = dice.pick(BankService.allCases)
                let pause = dice.below(400)
                mesh.chronicle.did(action.rawValue)
                try await act(action, service, pause, &dice)
                try await Task.sleep(for: .milliseconds(dice.below(500)))
            }
            isFirst = false
        }
    }

    private func act(_ action: OfProxies, _ service: BankService, _ pause: Int, _ dice: inout Dice) async throws {
        let proxy = try mesh.proxy(of: service)
        switch action {
        case .kill: try await proxy.restart(isKill: true, afterMilliseconds: pause)
        case .killAgain:
            // While it still reads back what its last life left.
            try await proxy.restart(isKill: true, afterMilliseconds: 0)
            try await proxy.restart(isKill: true, afterMilliseconds: pause)
        case .terminate: try await proxy.restart(isKill: false, afterMilliseconds: pause)
        case .rotate: try await mesh.rotate(service)
        case .rotateRoots: try await mesh.rotateRoots()
        case .delay, .abort, .reset:
            var rule = FaultRule(
                name: "chaos-\(action)", percent: Percentage(30 + dice.below(70)),
                expires: Timestamp(nanoseconds: Chronicle.now() + 60_000_000_000), maximumSharePercent: .all)
            switch action {
            case .delay: rule.delayMilliseconds = 20 + dice.below(200)
            case .abort: rule.breaks = .abort(status: Self.abortStatus)
            default: rule.breaks = .reset
            }
            let isInbound = service.peers.isEmpty || dice.chance(50)
            let from = Chronicle.now()
            try await proxy.inject([rule], inbound: isInbound)
            try await Task.sleep(for: .milliseconds(400 + pause))
            try await proxy.inject([], inbound: isInbound)
            // It is taken out when the proxy has read its file.
            if action == .reset {
                mesh.chronicle.brokeOff(service, Stretch(from: from, to: Chronicle.now() + 2_000_000_000))
            }
        }
    }

    // MARK: The rest of the world

    private enum OfServices: String, CaseIterable {
        case stop = "services stopped"
        case unavailable = "services answering 503"
        case reset = "services resetting"
        case hang = "services hanging"
        case collector = "collectors killed"
        case fillSpool = "spools filled"
    }

    func ofServices(_ dice: Dice) async throws {
        var dice = dice
        var isFirst = true
        while isFirst || !isOver() {
            for action in OfServices.allCases.shuffled(using: &dice) where isFirst || !isOver() {
                let instance = dice.pick(mesh.instances)
                let pause = 100 + dice.below(500)
                mesh.chronicle.did(action.rawValue)
                switch action {
                case .stop:
                    try await instance.stop()
                    try await Task.sleep(for: .milliseconds(pause))
                    try await instance.start()
                case .unavailable: try await mood(.unavailable, instance, pause)
                case .reset: try await mood(.resets, instance, pause)
                case .hang: try await mood(.hangs, instance, pause)
                case .collector: try await mesh.restartCollector(afterMilliseconds: pause)
                case .fillSpool: try await mesh.fillSpool(Dice(dice.next()))
                }
                try await Task.sleep(for: .milliseconds(dice.below(600)))
            }
            isFirst = false
        }
    }

    private func mood(_ mood: BankInstance.Mood, _ instance: BankInstance, _ milliseconds: Int) async throws {
        instance.mood = mood
        try await Task.sleep(for: .milliseconds(milliseconds))
        instance.mood = .answers
    }
}
