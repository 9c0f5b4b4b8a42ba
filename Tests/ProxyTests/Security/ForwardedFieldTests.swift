import Mesh
import Telemetry
import Testing

extension ProxyTests {
    /// What a service is told of its caller is what the proxy knows, and what it was told by those it trusts.
    @Suite(.serialized)
    struct ForwardedFields {
        private static let caller = "spiffe://bank.test/payments"

        /// The fields that the service gets when a caller sends `fields`.
        private func received(
            _ fields: [String], callee: @escaping (inout Listener) -> Void = { _ in },
            _ check: ([String: [String]], TestProxy) async throws -> Void
        ) async throws {
            try await MutualTLS.pair(
                answer: { $0.fields.map { "\($0.name)\t\($0.value)" }.joined(separator: "\n") },
                callee: { if $0.inbound != nil { callee(&$0.inbound!) } }
            ) { outbound, inbound in
                let client = try outbound.connect()
                let lines = fields.map { $0 + "\r\n" }.joined()
                try client.write("GET / HTTP/1.1\r\nhost: ledger\r\n\(lines)\r\n")
                var received: [String: [String]] = [:]
                for line in try client.readMessage().text.split(separator: "\n") {
                    let parts = line.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)
                    received[String(parts[0]), default: []].append(String(parts[1]))
                }
                try await check(received, inbound)
            }
        }

        private static func element() throws -> String {
            let fingerprint = try #require(MutualTLS.certificates).fingerprint("payments")
            return "By=spiffe://bank.test/ledger;Hash=\(fingerprint);Subject=\"O=bank\";URI=\(caller)"
        }

        private static func trusting(
            _ change: @escaping (inout Listener) -> Void = { _ in }
        ) -> (inout Listener) -> Void {
            { listener in
                listener.trustForwardedFrom = [PrincipalPattern(caller)!]
                change(&listener)
            }
        }

        @Test func nothingThatACallerSaysOfItselfGetsThrough() async throws {
            let names = [
                "X-Forwarded-For", "x_forwarded_for", "x-forwarded_for", "forwarded", "X-Forwarded-Proto",
                "x-forwarded-host", "x-forwarded-port", "x-forwarded-prefix", "X-Real-IP", "x_real_ip",
                "x-forwarded-client-cert", "X_Forwarded_Client_Cert", "x-envoy-external-address", "x-envoy-internal",
                "x-envoy-original-path", "x_envoy_internal", "x-waybill-principal", "x_waybill_principal",
                "x-original-url", "x-rewrite-url", "true-client-ip", "x-client-ip",
            ]
            let lines = names.map { "\($0): spoofed" } + ["x-custom: kept", "x-forwarded: kept"]
            try await received(lines) { fields, inbound in
                let element = try Self.element()
                #expect(!fields.values.joined().contains("spoofed"))
                #expect(fields["x-forwarded-for"] == ["127.0.0.1"])
                #expect(fields["x-forwarded-proto"] == ["https"])
                #expect(fields["x-forwarded-client-cert"] == [element])
                #expect(fields["x-custom"] == ["kept"] && fields["x-forwarded"] == ["kept"])
                let span = try #require(try await inbound.sink.spans(1).first)
                #expect(span.text("client.address") == "127.0.0.1")
            }
        }

        @Test func fieldsOfTheConnectionCannotTakeOursOff() async throws {
            let line = "connection: x-forwarded-for, x-forwarded-client-cert, x-forwarded-proto"
            try await received([line]) { fields, _ in
                let element = try Self.element()
                #expect(fields["x-forwarded-for"] == ["127.0.0.1"])
                #expect(fields["x-forwarded-client-cert"] == [element])
                #expect(fields["x-forwarded-proto"] == ["https"])
            }
        }

        @Test func trustedCallersMaySpeakForOthers() async throws {
            let fields = [
                "x-forwarded-for: 10.0.0.1, 10.0.0.2", "x-custom: kept", "x-forwarded-for: 10.0.0.3",
                "x-forwarded-proto: http", "forwarded: for=10.0.0.1", "x-envoy-internal: true",
                "x-waybill-route: spoofed",
            ]
            try await received(fields, callee: Self.trusting()) { fields, _ in
                #expect(fields["x-forwarded-for"] == ["10.0.0.1, 10.0.0.2, 10.0.0.3, 127.0.0.1"])
                #expect(fields["x-forwarded-proto"] == ["http"])
                #expect(fields["forwarded"] == ["for=10.0.0.1"])
                #expect(fields["x-envoy-internal"] == ["true"])
                #expect(fields["x-waybill-route"] == nil)
                #expect(fields["x-custom"] == ["kept"])
            }
        }

        @Test(arguments: [
            (ForwardClientCertDetails.sanitize, true, "", false), (.forwardOnly, true, "theirs", false),
            (.forwardOnly, false, "", false), (.appendForward, true, "theirs", true), (.appendForward, false, "", true),
            (.sanitizeSet, true, "", true),
        ])
        func whatBecomesOfTheClientCertificate(
            _ details: ForwardClientCertDetails, _ isTrusted: Bool, _ theirs: String, _ ours: Bool
        ) async throws {
            try await received(
                ["x-forwarded-client-cert: theirs"],
                callee: { listener in
                    listener.forwardClientCertDetails = details
                    if isTrusted { Self.trusting()(&listener) }
                }
            ) { fields, _ in
                let parts = (theirs.isEmpty ? [] : [theirs]) + (ours ? [try Self.element()] : [])
                #expect(fields["x-forwarded-client-cert"] == (parts.isEmpty ? nil : [parts.joined(separator: ", ")]))
            }
        }

        /// `hops` entries from the right end; the caller's own address where the list is shorter or holds no address.
        @Test(arguments: [
            (0, ["10.0.0.1, 10.0.0.2"], "127.0.0.1"), (1, ["10.0.0.1, 10.0.0.2"], "10.0.0.2"),
            (2, ["10.0.0.1, 10.0.0.2"], "10.0.0.1"), (2, ["10.0.0.1", "10.0.0.2"], "10.0.0.1"),
            (3, ["10.0.0.1, 10.0.0.2"], "127.0.0.1"), (1, [], "127.0.0.1"), (1, ["10.0.0.1,"], "127.0.0.1"),
            (1, ["fd00::1 "], "fd00::1"), (1, ["unknown"], "127.0.0.1"), (1, ["10.0.0.1 10.0.0.2"], "127.0.0.1"),
        ])
        func theClientIsSoManyHopsAway(_ hops: Int, _ lines: [String], _ client: String) async throws {
            try await received(
                lines.map { "x-forwarded-for: \($0)" }, callee: Self.trusting { $0.xffNumTrustedHops = hops }
            ) { _, inbound in
                let span = try #require(try await inbound.sink.spans(1).first)
                #expect(span.text("client.address") == client)
            }
        }

        @Test func ofOthersHopsNothingIsBelieved() async throws {
            try await received(
                ["x-forwarded-for: 10.0.0.1"],
                callee: { listener in
                    listener.trustForwardedFrom = [PrincipalPattern("spiffe://bank.test/edge")!]
                    listener.xffNumTrustedHops = 1
                }
            ) { fields, inbound in
                #expect(fields["x-forwarded-for"] == ["127.0.0.1"])
                let span = try #require(try await inbound.sink.spans(1).first)
                #expect(span.text("client.address") == "127.0.0.1")
            }
        }

        @Test func whatTheServiceItselfSendsPassesUntilToldOtherwise() async throws {
            for trust in [nil, [PrincipalPattern]()] {
                let upstream = try TestUpstream.answering { request, _ in
                    TestUpstream.response("200 OK", request.field("x-forwarded-for") ?? "-")
                }
                var configuration = TestProxy.configuration([upstream.port])
                configuration.outbound?.trustForwardedFrom = trust
                let proxy = try await TestProxy(configuration)
                #expect(try proxy.get("x-forwarded-for: 10.0.0.1\r\n").text == (trust == nil ? "10.0.0.1" : "-"))
                upstream.stop()
                try await proxy.stop()
            }
        }
    }
}
