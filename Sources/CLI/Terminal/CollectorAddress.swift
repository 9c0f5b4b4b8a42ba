import ArgumentParser
import Foundation

/// Where a command asks its questions, and with what right.
struct CollectorAddress: ParsableArguments {
    static let fallback = "http://127.0.0.1:4319"

    @Option(
        help: ArgumentHelp(
            "The collector's query address (default \(fallback), or WAYBILL_COLLECTOR).", valueName: "url"))
    var collector: String?
    @Option(help: ArgumentHelp("Bearer token, where the collector wants one (or WAYBILL_TOKEN).", valueName: "token"))
    var token: String?

    /// Without a slash at the end; `host:port` alone is completed.
    var url: String {
        var url = collector ?? ProcessInfo.processInfo.environment["WAYBILL_COLLECTOR"] ?? Self.fallback
        while url.hasSuffix("/") { url.removeLast() }
        return url.contains("://") ? url : "http://" + url
    }

    var bearer: String? {
        let token = token ?? ProcessInfo.processInfo.environment["WAYBILL_TOKEN"]
        return token?.isEmpty == false ? token : nil
    }
}
