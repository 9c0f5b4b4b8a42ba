import Testing

/// Waits until it holds; records an issue when it does not within thirty seconds.
func eventually(
    _ what: Comment, at place: SourceLocation = #_sourceLocation, _ holds: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + .seconds(30)
    while try await !holds() {
        guard ContinuousClock.now < deadline else {
            Issue.record(what, sourceLocation: place)
            return
        }
        try await Task.sleep(for: .milliseconds(10))
    }
}
