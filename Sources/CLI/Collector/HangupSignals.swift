import Dispatch
import Foundation

/// SIGHUP, as often as it comes: with it operators ask a service to read its files anew.
enum HangupSignals {
    /// From now on it does not end the process. Those that come while one is dealt with count as one.
    static func stream() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        signal(SIGHUP, SIG_IGN)
        nonisolated(unsafe) let source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: .global())
        source.setEventHandler { continuation.yield() }
        // The source lives as long as its stream.
        continuation.onTermination = { _ in source.cancel() }
        source.resume()
        return stream
    }
}
