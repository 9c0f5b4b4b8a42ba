import Foundation

/// Where the programs of the demonstration are.
enum Programs {
    /// This very program.
    static func waybill() throws(DemoError) -> String {
        guard let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
            throw DemoError("the path of this program cannot be found in /proc/self/exe")
        }
        return path
    }

    /// Beside this program, or on the path.
    static func proxy() throws(DemoError) -> String {
        let beside = (try waybill() as NSString).deletingLastPathComponent + "/waybill-proxy"
        if FileManager.default.isExecutableFile(atPath: beside) { return beside }
        guard let path = onPath("waybill-proxy") else {
            throw DemoError("waybill-proxy is neither beside waybill (\(beside)) nor on PATH: build it first")
        }
        return path
    }

    static func onPath(_ name: String) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return path.split(separator: ":").map { "\($0)/\(name)" }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
    }
}
