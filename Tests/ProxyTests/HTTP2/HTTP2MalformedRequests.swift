extension ProxyTests.HTTP2Conformance {
    /// Header lists that are no requests (RFC 9113 §8.1.1).
    static let malformed: [(String, [(String, String)])] = [
        ("no path", [(":method", "GET"), (":scheme", "http"), (":authority", "a")]),
        ("empty path", FrameClient.request("GET", "")),
        ("a path without slash", FrameClient.request("GET", "x")),
        ("a space in the path", FrameClient.request("GET", "/a b")),
        ("no method", [(":scheme", "http"), (":authority", "a"), (":path", "/")]),
        ("no scheme", [(":method", "GET"), (":authority", "a"), (":path", "/")]),
        ("method twice", [(":method", "GET")] + FrameClient.request()),
        ("an unknown pseudo field", FrameClient.request() + [(":x", "1")]),
        ("a response's pseudo field", FrameClient.request() + [(":status", "200")]),
        ("a pseudo field after a field", [(":method", "GET"), (":scheme", "http"), ("x", "1"), (":path", "/")]),
        ("a pseudo field that comes too late", FrameClient.request() + [("x", "1"), (":protocol", "websocket")]),
        ("an upper-case name", FrameClient.request() + [("X-A", "1")]),
        ("a name with a space", FrameClient.request() + [("x a", "1")]),
        ("a value with a line end", FrameClient.request() + [("x-a", "1\r\nx-b: 2")]),
        ("connection", FrameClient.request() + [("connection", "close")]),
        ("transfer-encoding", FrameClient.request() + [("transfer-encoding", "chunked")]),
        ("te beyond trailers", FrameClient.request() + [("te", "gzip")]),
        ("two lengths", FrameClient.request("POST") + [("content-length", "1"), ("content-length", "1")]),
        ("a length and no content", FrameClient.request("POST") + [("content-length", "1")]),
        ("another host than the authority", FrameClient.request() + [("host", "b")]),
        ("no host at all", [(":method", "GET"), (":scheme", "http"), (":path", "/")]),
        ("user information", [(":method", "GET"), (":scheme", "http"), (":authority", "u@a"), (":path", "/")]),
    ]
}
