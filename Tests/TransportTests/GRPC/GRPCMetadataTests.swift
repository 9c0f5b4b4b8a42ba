import NIOHPACK
import TestSupport
import Testing
import Transport

@Suite struct GRPCMetadataTests {
    @Test func timeouts() {
        #expect(GRPCTimeout.nanoseconds("1n") == 1)
        #expect(GRPCTimeout.nanoseconds("250u") == 250_000)
        #expect(GRPCTimeout.nanoseconds("100m") == 100_000_000)
        #expect(GRPCTimeout.nanoseconds("00000005S") == 5_000_000_000)
        #expect(GRPCTimeout.nanoseconds("2M") == 120_000_000_000)
        #expect(GRPCTimeout.nanoseconds("1H") == 3_600_000_000_000)
        #expect(GRPCTimeout.nanoseconds("99999999H") == GRPCTimeout.maximumNanoseconds)
        for wrong in ["", "1", "S", "1s", "-1S", "1.5S", "123456789S", " 1S", "１S"] {
            #expect(GRPCTimeout.nanoseconds(wrong) == nil, "\(wrong)")
        }
    }

    @Test func messagesArePercentEncoded() {
        #expect(GRPCStatusText.encode("plain, 100 %") == "plain, 100 %25")
        #expect(GRPCStatusText.encode("Zürich\n") == "Z%C3%BCrich%0A")
        #expect(GRPCStatusText.decode("Z%C3%BCrich%0A") == "Zürich\n")
        #expect(GRPCStatusText.decode("50%, 1%2") == "50%, 1%2", "what is no escape stays")
        let long = GRPCStatusText.encode(String(repeating: "台", count: 5_000))
        #expect(long.utf8.count <= GRPCStatusText.maximumBytes && long.hasSuffix("..."))
    }

    @Test func base64BothWays() {
        #expect(Base64.encode([]) == "" && Base64.encode([0xFF]) == "/w" && Base64.encode([1, 2, 3]) == "AQID")
        #expect(Base64.decode("AQIDBA==") == [1, 2, 3, 4] && Base64.decode("AQIDBA") == [1, 2, 3, 4])
        #expect(Base64.decode("A-_=") == nil)
        let seed = Seed.next()
        var random = seed.generator
        for count in 0..<200 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(Base64.decode(Base64.encode(bytes)) == bytes, "\(seed)")
        }
    }

    @Test func headersOfACall() throws {
        let peer = GRPCPeer(address: "10.0.0.7")
        var headers: HPACKHeaders = [
            ":method": "POST", ":path": "/a.B/C", ":scheme": "http", "content-type": "application/grpc+proto",
            "grpc-timeout": "5S", "grpc-encoding": "gzip", "authorization": "Bearer x", "user-agent": "t",
        ]
        let head = try GRPCCallHead.read(headers, peer: peer, encodings: ["gzip"])
        #expect(head.method == "/a.B/C" && head.timeoutNanoseconds == 5_000_000_000 && head.encoding == "gzip")
        #expect(head.authorization == "Bearer x" && head.peer == peer)

        func refusal(_ name: String, _ value: String?) -> GRPCRefusal? {
            var changed = headers
            changed.remove(name: name)
            if let value { changed.add(name: name, value: value) }
            do throws(GRPCRefusal) {
                _ = try GRPCCallHead.read(changed, peer: peer, encodings: ["gzip"])
                return nil
            } catch {
                return error
            }
        }
        #expect(refusal("content-type", "application/json")?.httpStatus == 415)
        #expect(refusal("content-type", nil)?.httpStatus == 415)
        #expect(refusal("content-type", "application/grpc+json")?.status.code == .unknown)
        #expect(refusal("content-type", "application/grpcx")?.httpStatus == 415)
        #expect(refusal("content-type", "application/grpc;charset=utf-8") == nil)
        #expect(refusal(":method", "GET")?.httpStatus == 405)
        #expect(refusal("grpc-timeout", "soon")?.status.code == .internal)
        #expect(refusal("grpc-encoding", "zstd")?.status.code == .unimplemented)
        #expect(refusal("grpc-encoding", "identity") == nil)
        headers.remove(name: "grpc-encoding")
        #expect(try GRPCCallHead.read(headers, peer: peer, encodings: []).encoding == nil)
    }
}
