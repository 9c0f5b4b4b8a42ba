import Foundation
import Synchronization

import struct Workload.WorkloadBatch

/// A record of what was acknowledged, to be checked after a crash: `trace id, spans, transaction id` on a line. A trace
/// that was sent in several batches has a line for each. Lines are handed to the kernel as they come.
final class AcknowledgedFile: Sendable {
    private let handle: Mutex<FileHandle>

    init(path: String) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let handle = FileHandle(forWritingAtPath: path)
        else { throw LoadError("\(path) cannot be written.") }
        self.handle = Mutex(handle)
    }

    func append(_ traces: [WorkloadBatch.Trace]) {
        if traces.isEmpty { return }
        let lines = traces.map { "\($0.traceID) \($0.spans) \($0.transaction)\n" }.joined()
        handle.withLock { handle in
            do {
                try handle.write(contentsOf: Data(lines.utf8))
            } catch {
                Failure.exit(.unreachable, "The record of acknowledged traces cannot be written: \(error)")
            }
        }
    }
}
