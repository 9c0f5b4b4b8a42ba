import Foundation
import Telemetry

/// What commands take from the machine.
enum StoreEnvironment {
    /// A variable of the environment; `nil` when it is empty.
    static func value(_ name: String) -> String? {
        let value = ProcessInfo.processInfo.environment[name]
        return value?.isEmpty == false ? value : nil
    }

    /// Who runs the command.
    static var userName: String {
        let name = NSUserName()
        return name.isEmpty ? "user \(getuid())" : name
    }
}

extension Timestamp {
    /// The machine's clock, Unix nanoseconds.
    static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(max(0, time.tv_sec)) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
