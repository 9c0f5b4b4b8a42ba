import Foundation

/// Reads a file of OTLP requests, each after its length as a varint, without holding the whole file.
struct RequestFileReader: Sendable {
    static let maximumRequestBytes = 64 << 20
    private static let chunkBytes = 1 << 20

    private let path: String
    private let handle: FileHandle
    private var buffer: [UInt8] = []
    private var head = 0
    private(set) var requests = 0

    init(path: String) throws {
        guard let handle = FileHandle(forReadingAtPath: path) else { throw LoadError("\(path) cannot be read.") }
        self.path = path
        self.handle = handle
    }

    mutating func next() throws -> [UInt8]? {
        guard let length = try length() else { return nil }
        requests += 1
        guard try fill(length) else {
            throw LoadError("\(path), request \(requests): the file ends inside the request.")
        }
        defer { head += length }
        return Array(buffer[head..<head + length])
    }

    private mutating func length() throws -> Int? {
        var value = 0
        for index in 0..<5 {
            guard try fill(1) else {
                if index == 0 { return nil }
                throw LoadError("\(path), request \(requests + 1): the file ends inside the request's length.")
            }
            let byte = buffer[head]
            head += 1
            value |= Int(byte & 0x7F) << (7 * index)
            if byte < 0x80 {
                guard value <= Self.maximumRequestBytes else { break }
                return value
            }
        }
        throw LoadError(
            "\(path), request \(requests + 1): its length is beyond \(Self.maximumRequestBytes) bytes; "
                + "is this a file of length-delimited ExportTraceServiceRequest messages?")
    }

    /// Makes `count` bytes available at `head`; `false` when the file has fewer.
    private mutating func fill(_ count: Int) throws -> Bool {
        while buffer.count - head < count {
            if head > 0 {
                buffer.removeFirst(head)
                head = 0
            }
            guard let more = try handle.read(upToCount: max(Self.chunkBytes, count)), !more.isEmpty else {
                return false
            }
            buffer.append(contentsOf: more)
        }
        return true
    }
}

/// Writes such a file.
struct RequestFileWriter {
    private let handle: FileHandle
    private(set) var bytes = 0

    init(path: String) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let handle = FileHandle(forWritingAtPath: path)
        else { throw LoadError("\(path) cannot be written.") }
        self.handle = handle
    }

    mutating func append(_ request: [UInt8]) throws {
        var framed: [UInt8] = []
        var length = request.count
        while length >= 0x80 {
            framed.append(UInt8(length & 0x7F) | 0x80)
            length >>= 7
        }
        framed.append(UInt8(length))
        framed += request
        try handle.write(contentsOf: framed)
        bytes += request.count
    }

    func close() throws { try handle.close() }
}
