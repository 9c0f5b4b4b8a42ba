import ArgumentParser
import Foundation

/// `waybill demo`: a small bank, its payments, and their journeys.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Run a small bank behind proxies and show what happened to its payments.",
        discussion: """
            Ten services, each a process behind a waybill-proxy of its own, mutual TLS between all proxies with \
            certificates made for the run, a collector, and Prometheus where it is on PATH. Customers pay by card and by \
            transfer; some payments are refused, some calls are repeated, and one service drops the trace headers.
            """)

    @Option(help: ArgumentHelp("How many payments.", valueName: "n"))
    var payments = 200
    @Option(help: ArgumentHelp("Payments a second.", valueName: "n"))
    var rate = 20.0
    @Option(help: ArgumentHelp("Repeats the same payments; random by default.", valueName: "n"))
    var seed: UInt64?
    @Option(
        help: ArgumentHelp(
            "Where the run's files go; by default a temporary directory, removed at the end.", valueName: "dir"))
    var data: String?
    @Flag(help: "Print a summary as JSON.")
    var json = false
    @Flag(help: "Stay up until Ctrl-C.")
    var stay = false

    func validate() throws {
        guard (1...1_000_000).contains(payments) else { throw ValidationError("--payments takes 1 to 1000000.") }
        guard (0.1...10_000).contains(rate) else { throw ValidationError("--rate takes 0.1 to 10000.") }
    }

    func run() async throws {
        let directory: String
        do {
            directory = try makeDirectory()
        } catch {
            Failure.exit(.unreachable, "\(error)")
        }
        let bank = DemoBank(directory: directory)
        let run = DemoRun(
            bank: bank, directory: directory, payments: payments, rate: rate, seed: seed ?? .random(in: .min ... .max),
            json: json, stay: stay)
        let demonstration = Task { try await run.run() }
        Task {
            await TerminationSignals.first()
            demonstration.cancel()
        }
        let result = await demonstration.result
        await bank.stop()
        switch result {
        case .success: break
        case .failure where demonstration.isCancelled: break
        case .failure(let error):
            // The logs stay, for the error names one.
            Failure.exit(.unreachable, "\(error)")
        }
        if data == nil { try FileManager.default.removeItem(atPath: directory) }
    }

    private func makeDirectory() throws -> String {
        if let data {
            let path = URL(fileURLWithPath: data).path
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            return path
        }
        var template = Array((NSTemporaryDirectory() + "/waybill-demo-XXXXXX").replacing("//", with: "/").utf8CString)
        guard mkdtemp(&template) != nil else {
            throw DemoError("no temporary directory can be made: \(String(cString: strerror(errno)))")
        }
        return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
