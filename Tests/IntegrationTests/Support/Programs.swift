import Foundation

/// The release binaries under test.
enum Programs {
    static let waybill = find("waybill")
    static let proxy = find("waybill-proxy")

    /// `WAYBILL_BIN` names their directory; else they lie beside the test bundle.
    private static func find(_ name: String) -> String {
        var directories: [String] = []
        if let directory = ProcessInfo.processInfo.environment["WAYBILL_BIN"] { directories.append(directory) }
        let arguments = CommandLine.arguments
        if let option = arguments.firstIndex(of: "--test-bundle-path"), option + 1 < arguments.count {
            directories.append((arguments[option + 1] as NSString).deletingLastPathComponent)
        }
        directories.append((arguments[0] as NSString).deletingLastPathComponent)
        directories.append(String(#filePath.split(separator: "/Tests/")[0]) + "/.build/release")
        let paths = directories.map { $0 + "/" + name }
        // When none is there the error names the last place.
        return paths.first { FileManager.default.isExecutableFile(atPath: $0) } ?? paths[paths.count - 1]
    }

    /// A tool on the `PATH`; `nil` when it is not installed.
    static func tool(_ name: String) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return path.split(separator: ":").map { "\($0)/\(name)" }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
    }
}
