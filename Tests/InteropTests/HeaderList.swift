import Interop

/// Request headers as a list.
struct HeaderList: TraceHeaders, ExpressibleByDictionaryLiteral {
    var headers: [(TraceHeader, String)]

    init(dictionaryLiteral elements: (TraceHeader, String)...) { headers = elements }

    init(_ headers: [(header: TraceHeader, value: String)]) { self.headers = headers.map { ($0.header, $0.value) } }

    func withValue<R>(of header: TraceHeader, _ body: (UnsafeRawBufferPointer) -> R?) -> R? {
        let values = values(of: header)
        guard values.count == 1 else { return nil }
        var value = values[0]
        return value.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }

    func values(of header: TraceHeader) -> [String] { headers.filter { $0.0 == header }.map(\.1) }
}
