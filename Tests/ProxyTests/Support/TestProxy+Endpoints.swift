import Mesh

extension TestProxy {
    /// Starts an outbound proxy before several upstreams, runs `body`, and ends them all.
    static func with(
        _ upstreams: [TestUpstream], route: Route = Route(name: "all", cluster: "up"),
        cluster: (inout Cluster) -> Void = { _ in }, more: [Cluster] = [], workers: Int = 1,
        lines: LogLines? = nil, _ body: (TestProxy) async throws -> Void
    ) async throws {
        var configuration = configuration(upstreams.map(\.port), route: route, cluster: cluster)
        configuration.clusters += more
        let proxy = try await TestProxy(configuration, workers: workers, lines: lines)
        defer { for upstream in upstreams { upstream.stop() } }
        do {
            try await body(proxy)
        } catch {
            try await proxy.stop()
            throw error
        }
        try await proxy.stop()
    }

    /// One request on a connection of its own.
    func get(_ fields: String = "") throws -> RawMessage {
        let client = try connect()
        defer { client.close() }
        try client.write("GET / HTTP/1.1\r\nhost: a\r\n\(fields)\r\n")
        return try client.readMessage()
    }

    /// Of so many requests, one after another.
    func statuses(_ count: Int) throws -> [Int] {
        var statuses: [Int] = []
        for _ in 0..<count { statuses.append(try get().status) }
        return statuses
    }

    /// The bodies of so many answers.
    func texts(_ count: Int) throws -> [String] {
        var texts: [String] = []
        for _ in 0..<count { texts.append(try get().text) }
        return texts
    }

    /// Asks until the answer is the wanted one; the last answer after thirty seconds.
    func get(until wanted: (RawMessage) -> Bool) async throws -> RawMessage {
        for _ in 0..<1_500 {
            let answer = try get()
            if wanted(answer) { return answer }
            try await Task.sleep(nanoseconds: 20_000_000)
        }
        return try get()
    }
}

extension TestUpstream {
    /// Answers with its name.
    static func named(_ name: String, _ status: String = "200 OK") throws -> TestUpstream {
        try answering { _, _ in response(status, name) }
    }
}
