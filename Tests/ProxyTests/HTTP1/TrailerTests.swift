import Mesh
import Testing

extension ProxyTests {
    @Suite(.serialized)
    struct Trailers {
        /// A service may merge trailers into the head: what says who somebody is must not come that way either.
        @Test(arguments: [HTTPProtocol.http1, .http2])
        func nobodysNameComesBehindTheBody(_ version: HTTPProtocol) async throws {
            let upstream = try TestUpstream.answering { request, _ in
                TestUpstream.response("200 OK", request.trailers.map(\.name).joined(separator: " "))
            }
            defer { upstream.stop() }
            let far = try await TestProxy(TestProxy.configuration([upstream.port], inbound: true))
            let near = try await TestProxy(
                TestProxy.configuration([far.inbound], cluster: { $0.httpProtocol = version }))
            let client = try near.connect()
            try client.write(
                "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nx-sum: 1\r\n"
                    + "x-forwarded-client-cert: By=a;URI=spiffe://bank.test/root\r\nX-Waybill-Principal: root\r\n"
                    + "X_Forwarded_For: 10.0.0.1\r\ncontent_length: 5\r\nx-last: 2\r\n\r\n")
            #expect(try client.readMessage().text == "x-sum x-last")
            try await near.stop()
            try await far.stop()
        }
    }
}
