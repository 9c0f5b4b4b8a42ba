extension ProxyTests.HTTP2Conformance {
    /// Errors that end the connection.
    static let connectionErrors: [Case] = [
        Case(testDescription: "DATA on an idle stream", code: 1) { try $0.data([1], stream: 1) },
        Case(testDescription: "DATA on stream 0", code: 1) { try $0.data([1], stream: 0) },
        Case(testDescription: "HEADERS on stream 0", code: 1) { try get($0, 0) },
        Case(testDescription: "HEADERS on an even stream", code: 1) { try get($0, 2) },
        Case(testDescription: "RST_STREAM on an idle stream", code: 1) {
            try $0.send(3, stream: 1, payload: [0, 0, 0, 8])
        },
        Case(testDescription: "RST_STREAM on stream 0", code: 1) { try $0.send(3, payload: [0, 0, 0, 8]) },
        Case(testDescription: "RST_STREAM of 3 bytes", code: 6) {
            try $0.headers(FrameClient.request("POST"), stream: 1, ends: false)
            try $0.send(3, stream: 1, payload: [0, 0, 8])
        },
        Case(testDescription: "WINDOW_UPDATE on an idle stream", code: 1) {
            try $0.send(8, stream: 1, payload: [0, 0, 0, 1])
        },
        Case(testDescription: "WINDOW_UPDATE of 3 bytes", code: 6) { try $0.send(8, payload: [0, 0, 1]) },
        Case(testDescription: "WINDOW_UPDATE by 0", code: 1) { try $0.send(8, payload: [0, 0, 0, 0]) },
        Case(testDescription: "a connection window over 2^31-1", code: 3) {
            for _ in 0..<2 { try $0.send(8, payload: [0x7F, 0xFF, 0xFF, 0xFF]) }
        },
        Case(testDescription: "PING of 6 bytes", code: 6) { try $0.send(6, payload: [0, 0, 0, 0, 0, 0]) },
        Case(testDescription: "PING on a stream", code: 1) {
            try $0.send(6, stream: 1, payload: [0, 0, 0, 0, 0, 0, 0, 0])
        },
        Case(testDescription: "SETTINGS on a stream", code: 1) { try $0.send(4, stream: 1) },
        Case(testDescription: "SETTINGS of 3 bytes", code: 6) { try $0.send(4, payload: [0, 0, 0]) },
        Case(testDescription: "SETTINGS acknowledged with a payload", code: 6) {
            try $0.send(4, flags: 1, payload: [0])
        },
        Case(testDescription: "ENABLE_PUSH of 2", code: 1) { try $0.send(4, payload: [0, 2, 0, 0, 0, 2]) },
        Case(testDescription: "INITIAL_WINDOW_SIZE over 2^31-1", code: 3) {
            try $0.send(4, payload: [0, 4, 0x80, 0, 0, 0])
        },
        Case(testDescription: "MAX_FRAME_SIZE below 2^14", code: 1) {
            try $0.send(4, payload: [0, 5, 0, 0, 0x3F, 0xFF])
        },
        Case(testDescription: "MAX_FRAME_SIZE over 2^24-1", code: 1) {
            try $0.send(4, payload: [0, 5, 1, 0, 0, 0])
        },
        Case(testDescription: "GOAWAY on a stream", code: 1) {
            try $0.send(7, stream: 1, payload: [UInt8](repeating: 0, count: 8))
        },
        Case(testDescription: "PUSH_PROMISE", code: 1) {
            try $0.send(5, flags: 4, stream: 1, payload: [0, 0, 0, 2])
        },
        Case(testDescription: "PRIORITY on stream 0", code: 1) { try $0.send(2, payload: [0, 0, 0, 0, 1]) },
        Case(testDescription: "PRIORITY of 4 bytes", code: 6) { try $0.send(2, stream: 1, payload: [0, 0, 0, 0]) },
        Case(testDescription: "a stream that depends on itself", code: 1) {
            try $0.send(2, stream: 1, payload: [0, 0, 0, 1, 1])
        },
        Case(testDescription: "CONTINUATION without HEADERS", code: 1) { try $0.send(9, flags: 4, stream: 1) },
        Case(testDescription: "a header block interrupted", code: 1) {
            try $0.send(1, flags: 0, stream: 1, payload: try $0.block(FrameClient.request()))
            try $0.send(6, payload: [0, 0, 0, 0, 0, 0, 0, 0])
        },
        Case(testDescription: "CONTINUATION of another stream", code: 1) {
            try $0.send(1, flags: 1, stream: 1, payload: try $0.block(FrameClient.request()))
            try $0.send(9, flags: 4, stream: 3)
        },
        Case(testDescription: "a frame beyond the largest", code: 6) {
            try $0.headers(FrameClient.request("POST"), stream: 1, ends: false)
            try $0.data([UInt8](repeating: 0, count: 16_385), stream: 1)
        },
        Case(testDescription: "padding longer than its frame", code: 1) {
            try $0.headers(FrameClient.request("POST"), stream: 1, ends: false)
            try $0.send(0, flags: 8, stream: 1, payload: [5, 1, 2])
        },
        Case(testDescription: "an index that no table has", code: 9) {
            try $0.send(1, flags: 5, stream: 1, payload: [0xFF, 0xFF, 0x03])
        },
        Case(testDescription: "a header block that stops short", code: 9) {
            try $0.send(1, flags: 5, stream: 1, payload: [0x40, 0x0A, 0x61])
        },
        Case(testDescription: "endless CONTINUATION", code: 11) { client in
            try client.send(1, flags: 1, stream: 1, payload: try client.block(FrameClient.request()))
            for _ in 0..<100 { try client.send(9, stream: 1) }
        },
        Case(testDescription: "a header list that is far too long", code: 11) { client in
            var block = try client.block(FrameClient.request())
            // A literal of 4,000 bytes that goes into the table, and then forty references to it.
            block += [0x40, 0x01, 0x78, 0x7F, 0xA1, 0x1E] + [UInt8](repeating: 0x61, count: 4_000)
            block += [UInt8](repeating: 0xBE, count: 40)
            try client.send(1, flags: 5, stream: 1, payload: block)
        },
        Case(testDescription: "a flood of PING", code: 11) { client in
            for _ in 0..<400 { try client.send(6, payload: [0, 0, 0, 0, 0, 0, 0, 0]) }
        },
        Case(testDescription: "a flood of SETTINGS", code: 11) { client in
            for _ in 0..<200 { try client.send(4) }
        },
        Case(testDescription: "a flood of empty DATA", code: 11) { client in
            try client.headers(FrameClient.request("POST"), stream: 1, ends: false)
            for _ in 0..<400 { try client.data([], stream: 1) }
        },
        Case(testDescription: "rapid reset", code: 11) { client in
            for stream in stride(from: Int32(1), to: 600, by: 2) {
                try client.headers(FrameClient.request("POST"), stream: stream, ends: false)
                try client.send(3, stream: stream, payload: [0, 0, 0, 8])
            }
        },
    ]
}
