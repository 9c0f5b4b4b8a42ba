/// A request or response as a test sees it.
struct RawMessage {
    var startLine: String
    var fields: [(name: String, value: String)] = []
    var body: [UInt8] = []
    var trailers: [(name: String, value: String)] = []

    var status: Int { Int(startLine.split(separator: " ").dropFirst().first ?? "") ?? 0 }
    var text: String { String(decoding: body, as: UTF8.self) }

    func field(_ name: String) -> String? { fields.first { $0.name == name }?.value }
    func fields(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }
}

extension RawSocket {
    /// A chunk size was expected.
    struct Malformed: Error { var line: String }

    func readHead() throws -> RawMessage {
        var message = RawMessage(startLine: try readLine())
        message.fields = try readFields()
        return message
    }

    private func readFields() throws -> [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        while true {
            let line = try readLine()
            if line.isEmpty { return fields }
            guard let colon = line.firstIndex(of: ":") else { throw Closed() }
            var value = line[line.index(after: colon)...]
            while value.first == " " { value = value.dropFirst() }
            fields.append((line[..<colon].lowercased(), String(value)))
        }
    }

    /// A whole message; `answering` HEAD has no body.
    func readMessage(answering method: String = "GET") throws -> RawMessage {
        var message = try readHead()
        let isResponse = message.startLine.hasPrefix("HTTP/")
        if isResponse, method == "HEAD" || message.status < 200 || message.status == 204 || message.status == 304 {
            return message
        }
        if message.field("transfer-encoding") == "chunked" {
            while true {
                let line = try readLine()
                guard let size = Int(line.prefix { $0 != ";" }, radix: 16) else { throw Malformed(line: line) }
                if size == 0 { break }
                message.body += try read(size)
                _ = try readLine()
            }
            message.trailers = try readFields()
        } else if let length = message.field("content-length") {
            message.body = try read(Int(length) ?? 0)
        } else if isResponse {
            message.body = try readToEnd()
        }
        return message
    }
}
