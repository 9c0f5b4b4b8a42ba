import Mesh

/// The command line, read without a library: the usual one brings Foundation, which doubles the proxy's memory.
struct Arguments {
    enum Order {
        case run
        case check
        /// Until another proxy is ready.
        case wait
        case version
        case help
    }

    static let usage = """
        usage: waybill-proxy --config FILE [--check] [--spool DIR] [--workers N] [--startup-timeout N]
                             [--drain-seconds N] [--min-drain-seconds N]
               waybill-proxy wait [--admin HOST:PORT] [--timeout N]
               waybill-proxy intercept up | down | show    (waybill-proxy intercept --help)

          --config FILE          the configuration, JSON
          --check                say whether the configuration is sound, and stop
          --spool DIR            where payments' spans wait while no collector takes them; instead of the
                                 configuration's telemetry.spoolDirectory
          --workers N            event loops, 1 to 64; by default two, or one on a single core
          --startup-timeout N    seconds to wait for certificates, keys, roots and revocation lists that are not there
                                 yet, 0 to 86400; by default 60. Until then /readyz says what is missing
          --drain-seconds N      how long requests in flight may take after SIGTERM, 0 to 3600; by default 30
          --min-drain-seconds N  how long new requests are still taken after SIGTERM, while /readyz says "draining";
                                 0 to 3600, by default 0
          --version              print the version
          --help                 print this

        wait: asks the proxy whose admin listener is at HOST:PORT (by default 127.0.0.1:15000) until it is ready, for
        at most --timeout seconds (0 to 86400, by default 60): before a service that needs its proxy from the start.

        On SIGTERM, SIGINT and POST /drain the proxy is not ready any more; after --min-drain-seconds it takes no new
        requests to its service, then, when those under way are answered, none from it; after --drain-seconds what is
        left is broken off.

        The configuration and the files of certificates, roots and revocation lists are read anew when they change, and
        on SIGHUP or POST /reload; one that cannot be taken over is refused and the old one goes on serving.

        Exit status: 0 after SIGTERM, SIGINT or POST /drain, and from wait when the proxy is ready; 1 from wait when it
        answers but is not; 2 for a mistake in the command line or the configuration; 3 when the proxy cannot run, its
        files do not come in time, or wait reaches nobody.

        """

    var order = Order.run
    var configuration = ""
    var spoolDirectory: String?
    var workers: Int?
    var startupTimeoutSeconds = 60
    var drainSeconds = 30
    var minimumDrainSeconds = 0
    var admin = HostPort(host: "127.0.0.1", port: 15_000)
    var timeoutSeconds = 60

    init(_ arguments: [String]) throws(UsageError) {
        var rest = arguments[...]
        if rest.first == "wait" {
            order = .wait
            try readWait(rest.dropFirst())
            return
        }
        while let argument = rest.popFirst() {
            switch argument {
            case "--help", "-h":
                order = .help
                return
            case "--version":
                order = .version
                return
            case "--check": order = .check
            case "--config": configuration = try Self.value(argument, &rest)
            case "--spool": spoolDirectory = try Self.value(argument, &rest)
            case "--workers": workers = try Self.number(argument, 1...64, &rest)
            case "--startup-timeout": startupTimeoutSeconds = try Self.number(argument, 0...86_400, &rest)
            case "--min-drain-seconds": minimumDrainSeconds = try Self.number(argument, 0...3600, &rest)
            case "--drain-seconds": drainSeconds = try Self.number(argument, 0...3600, &rest)
            default: throw UsageError(description: "\(argument) is not an option of waybill-proxy")
            }
        }
        guard !configuration.isEmpty else { throw UsageError(description: "--config FILE is missing") }
        guard minimumDrainSeconds <= drainSeconds else {
            throw UsageError(
                description: "--min-drain-seconds \(minimumDrainSeconds) is more than --drain-seconds \(drainSeconds)")
        }
    }

    private mutating func readWait(_ arguments: ArraySlice<String>) throws(UsageError) {
        var rest = arguments
        while let argument = rest.popFirst() {
            switch argument {
            case "--help", "-h":
                order = .help
                return
            case "--admin":
                let text = try Self.value(argument, &rest)
                guard let address = HostPort(text), address.port > 0 else {
                    throw UsageError(description: "--admin needs HOST:PORT, not \(text)")
                }
                admin = address
            case "--timeout": timeoutSeconds = try Self.number(argument, 0...86_400, &rest)
            default: throw UsageError(description: "\(argument) is not an option of waybill-proxy wait")
            }
        }
    }

    static func value(_ option: String, _ rest: inout ArraySlice<String>) throws(UsageError) -> String {
        guard let value = rest.popFirst(), !value.isEmpty else {
            throw UsageError(description: "\(option) needs a value")
        }
        return value
    }

    static func number(
        _ option: String, _ range: ClosedRange<Int>, _ rest: inout ArraySlice<String>
    ) throws(UsageError) -> Int {
        let text = try value(option, &rest)
        guard let number = Int(text), range.contains(number) else {
            throw UsageError(
                description: "\(option) needs a number from \(range.lowerBound) to \(range.upperBound), not \(text)")
        }
        return number
    }
}

/// A mistake in the command line.
struct UsageError: Error, CustomStringConvertible {
    var description: String
}
