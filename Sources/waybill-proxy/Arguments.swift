/// The command line, read without a library: the usual one brings Foundation, which doubles the proxy's memory.
struct Arguments {
    enum Order {
        case run
        case check
        case version
        case help
    }

    static let usage = """
        usage: waybill-proxy --config FILE [--check] [--spool DIR] [--workers N] [--drain-seconds N]
               waybill-proxy intercept up | down | show    (waybill-proxy intercept --help)

          --config FILE      the configuration, JSON
          --check            say whether the configuration is sound, and stop
          --spool DIR        where payments' spans wait while no collector takes them; instead of the
                             configuration's telemetry.spoolDirectory
          --workers N        event loops, 1 to 64; by default two, or one on a single core
          --drain-seconds N  how long requests in flight may take after SIGTERM, 0 to 3600; by default 30
          --version          print the version
          --help             print this

        The configuration and the files of certificates, roots and revocation lists are read anew when they change, and
        on SIGHUP or POST /reload; one that cannot be taken over is refused and the old one goes on serving.

        Exit status: 0 after SIGTERM, SIGINT or POST /drain; 2 for a mistake in the command line or the configuration;
        3 when the proxy cannot run.

        """

    var order = Order.run
    var configuration = ""
    var spoolDirectory: String?
    var workers: Int?
    var drainSeconds = 30

    init(_ arguments: [String]) throws(UsageError) {
        var rest = arguments[...]
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
            case "--drain-seconds": drainSeconds = try Self.number(argument, 0...3600, &rest)
            default: throw UsageError(description: "\(argument) is not an option of waybill-proxy")
            }
        }
        guard !configuration.isEmpty else { throw UsageError(description: "--config FILE is missing") }
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
