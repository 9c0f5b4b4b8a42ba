import Foundation
import Mesh
import NIOPosix
import Synchronization
import Testing
import Transport

/// The proxy of one service: a process that is killed, ended, started again and configured anew.
final class BankProxy: Sendable {
    let service: BankService
    let inbound: String
    let outbound: String
    private let configuration: ProxyConfiguration
    private let directory: TemporaryDirectory
    private let chronicle: Chronicle
    private let running = Mutex<RunningProxy?>(nil)
    /// When its present life began.
    private let begun = Mutex<UInt64>(0)

    init(
        _ service: BankService, _ configuration: ProxyConfiguration, directory: TemporaryDirectory,
        chronicle: Chronicle
    ) {
        self.service = service
        self.configuration = configuration
        self.directory = directory
        self.chronicle = chronicle
        inbound = configuration.inbound?.address.description ?? ""
        outbound = configuration.outbound?.address.description ?? ""
    }

    var process: ChildProcess? { running.withLock { $0?.process } }

    /// A series of its metrics, by name and labels; `nil` while it does not run, or has none such.
    func metric(_ series: String) async -> Double? {
        guard let admin = running.withLock({ $0?.admin }) else { return nil }
        let client = HTTPClient(group: MultiThreadedEventLoopGroup.singleton)
        defer { client.closeIdle() }
        guard let page = try? await client.get("http://\(admin)/metrics") else { return nil }
        let line = page.text.split(separator: "\n").first { $0.hasPrefix(series + " ") }
        return line?.split(separator: " ").last.flatMap { Double($0) }
    }

    /// Has it read its files, and returns when that is done: of what is counted the first two may have begun before.
    func readAnew() async throws {
        let series = #"waybill_proxy_reloads_total{result="applied",what="configuration"}"#
        for _ in 0..<3 {
            let before = await metric(series) ?? 0
            try #require(process).send(SIGHUP)
            try await Patience.until("\(service.rawValue) has read its files") {
                await metric(series) ?? 0 > before
            }
        }
    }

    func start() async throws {
        begun.withLock { $0 = Chronicle.now() }
        let proxy = try await RunningProxy(configuration, directory: directory)
        running.withLock { $0 = proxy }
    }

    /// Kill -9, or SIGTERM and the end it leads to; and a new start after a while.
    func restart(isKill: Bool, afterMilliseconds pause: Int) async throws {
        let process = try #require(process)
        let from = Chronicle.now()
        defer { chronicle.said(process.errors, service) }
        if isKill {
            try await process.kill9()
        } else {
            process.send(SIGTERM)
            let status = try await process.end()
            #expect(status == 0, "the proxy of \(service.rawValue) ended with \(status): \(process.errors)")
            if process.errors.contains("not acknowledged") {
                // What was dropped at any time of its life is among what it tells at its end.
                let life = Stretch(from: begun.withLock { $0 }, to: Chronicle.now())
                chronicle.endedWithLoss(service, life)
            }
        }
        try await Task.sleep(for: .milliseconds(pause))
        try await start()
        chronicle.add(Outage(service: service, isKill: isKill, from: from, to: Chronicle.now()))
    }

    /// Puts these faults into every route of one direction; none takes them out.
    func inject(_ faults: [FaultRule], inbound isInbound: Bool) async throws {
        var changed = configuration
        if isInbound {
            for index in changed.inbound?.routes.indices ?? 0..<0 { changed.inbound?.routes[index].faults = faults }
        } else {
            for index in changed.outbound?.routes.indices ?? 0..<0 { changed.outbound?.routes[index].faults = faults }
        }
        try changed.json.text.write(
            toFile: directory.file("\(configuration.service.name).json"), atomically: true, encoding: .utf8)
        try #require(process).send(SIGHUP)
    }

    func stop() async throws {
        try await running.withLock { $0 }?.stop()
        chronicle.said(process?.errors ?? "", service)
    }
}
