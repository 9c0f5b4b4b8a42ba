import Files
import Glibc
import Storage
import Telemetry

/// What a loaded store costs: time to open it, bytes a span by part and by column, searches.
///
///     StoreBenchmark DIR     a data directory that no collector uses
@main
enum StoreBenchmark {
    static func main() throws {
        guard CommandLine.arguments.count == 2 else {
            print("usage: StoreBenchmark DIR")
            exit(2)
        }
        let directory = CommandLine.arguments[1]
        let opening = WallTime.now
        var configuration = Store.Configuration()
        // What is measured must not change meanwhile.
        configuration.sealAfterSeconds = 86_400
        let store = try Store.open(directory: directory, configuration: configuration)
        Figures.line("opening the store", WallTime.milliseconds(since: opening), "ms")
        try store.seal()
        try SpaceReport.run(directory, store.statistics)
        try SearchReport.run(store, directory)
        try store.close()
    }
}

/// Wall time in nanoseconds: what somebody waits.
enum WallTime {
    static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    static func milliseconds(since start: UInt64) -> Double { Double(now - start) / 1e6 }
}

/// Lines in the columns of the growth benchmark.
enum Figures {
    static func line(_ what: String, _ value: Double, _ unit: String) {
        let rounded = (value * 100).rounded() / 100
        print(pad(what, 46) + " " + pad(String(rounded), 12, right: true) + " " + unit)
    }

    static func pad(_ text: String, _ width: Int, right: Bool = false) -> String {
        let spaces = String(repeating: " ", count: max(0, width - text.count))
        return right ? spaces + text : text + spaces
    }
}
