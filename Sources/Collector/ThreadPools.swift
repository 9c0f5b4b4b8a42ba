import NIOPosix

/// Threads for what must not run on an event loop, apart by what may wait for what: a search that reads for seconds delays
/// neither spans on their way in, nor somebody who asks for one payment, nor health checks and scrapes.
struct ThreadPools: Sendable {
    /// Inflates and decodes what came in.
    let intake = NIOThreadPool(numberOfThreads: 2)
    /// Reads what is found by its id, and listings.
    let lookups = NIOThreadPool(numberOfThreads: 2)
    /// Reads whatever may match.
    let searches = NIOThreadPool(numberOfThreads: 2)
    /// Health checks and scrapes.
    let state = NIOThreadPool(numberOfThreads: 1)

    func start() {
        for pool in [intake, lookups, searches, state] { pool.start() }
    }

    func shutdownGracefully() async throws {
        for pool in [intake, lookups, searches, state] { try await pool.shutdownGracefully() }
    }
}
