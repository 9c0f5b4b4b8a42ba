import NIOCore
import NIOHTTP1

/// An answer: status, headers and a body in memory, which what produced it has bounded, or one that is made while it is
/// sent.
public struct HTTPAnswer: Sendable {
    public var status: HTTPResponseStatus
    public var headers: HTTPHeaders
    public var body: ByteBuffer
    /// Close the connection once this has been written: the rest of the request was not read.
    public var closesConnection = false
    /// What makes the body while it is sent; `body` is then empty.
    var source: (any HTTPBodySource)?

    public init(status: HTTPResponseStatus, contentType: String, body: ByteBuffer) {
        self.status = status
        self.headers = ["Content-Type": contentType]
        self.body = body
    }

    /// One that is made while it is sent: chunked, or ended by the connection's end for clients of HTTP/1.0.
    static func stream(contentType: String, _ source: any HTTPBodySource) -> HTTPAnswer {
        var answer = HTTPAnswer(status: .ok, contentType: contentType, body: ByteBuffer())
        answer.source = source
        return answer
    }

    public static func text(_ status: HTTPResponseStatus, _ text: String) -> HTTPAnswer {
        HTTPAnswer(status: status, contentType: "text/plain; charset=utf-8", body: ByteBuffer(string: text + "\n"))
    }

    public static func json(_ status: HTTPResponseStatus, _ bytes: [UInt8]) -> HTTPAnswer {
        HTTPAnswer(status: status, contentType: "application/json", body: ByteBuffer(bytes: bytes))
    }

    public static func protobuf(_ bytes: [UInt8]) -> HTTPAnswer {
        HTTPAnswer(status: .ok, contentType: "application/x-protobuf", body: ByteBuffer(bytes: bytes))
    }

    /// `{"error":{"code":…,"message":…}}`: the one form of error that the query API gives.
    public static func error(_ status: HTTPResponseStatus, code: String, _ message: String) -> HTTPAnswer {
        json(status, Array(#"{"error":{"code":\#(quoted(code)),"message":\#(quoted(message))}}"#.utf8))
    }

    /// The same, and how many seconds to wait before trying again.
    public func retry(afterSeconds seconds: Int) -> HTTPAnswer {
        var answer = self
        answer.headers.replaceOrAdd(name: "Retry-After", value: String(seconds))
        return answer
    }

    /// The same, with the connection closed behind it.
    public func closing() -> HTTPAnswer {
        var answer = self
        answer.closesConnection = true
        return answer
    }

    /// `text` as a JSON string.
    static func quoted(_ text: String) -> String {
        var output = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\r": output += "\\r"
            case "\t": output += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output + "\""
    }
}
