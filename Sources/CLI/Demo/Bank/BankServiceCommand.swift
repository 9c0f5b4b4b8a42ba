import ArgumentParser
import Foundation
import NIOCore
import NIOPosix
import Transport

/// `waybill bank-service`: one service of the demonstration's bank, started by `waybill demo`.
struct BankServiceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bank-service", abstract: "One service of the demonstration's bank.", shouldDisplay: false)

    @Option(help: "Which service.")
    var name: String
    @Option(help: ArgumentHelp("The outbound listener of its proxy.", valueName: "host:port"))
    var outbound: String

    func run() async throws {
        guard let member = BankMember(rawValue: name) else {
            Failure.exit(.usage, "The bank has no service \(name).")
        }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let peers = BankPeers(
            client: HTTPClient(group: group), outbound: outbound, forwardsTraceHeaders: member.forwardsTraceHeaders)
        let service = member.service
        let channel: any Channel
        do {
            channel = try await ServerListener.bind("http", host: "127.0.0.1", port: 0, group: group) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try HTTPServerPipeline.add(to: channel, limits: HTTPLimits())
                    try channel.pipeline.syncOperations.addHandler(BankServiceHandler(service, peers: peers))
                }
            }
        } catch {
            Failure.exit(.unreachable, "\(error)")
        }
        StandardOutput.write("listening http \(ServerListener.boundAddress(of: channel))\nready\n")
        let parent = getppid()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await TerminationSignals.first() }
            // Whoever started it is gone without saying so.
            group.addTask {
                while getppid() == parent, !Task.isCancelled { try? await Task.sleep(for: .seconds(1)) }
            }
            await group.next()
            Foundation.exit(0)
        }
    }
}
