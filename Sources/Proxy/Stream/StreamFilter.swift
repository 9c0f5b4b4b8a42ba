import NIOCore

/// What a protocol that the proxy understands does with the bytes of a stream.
protocol StreamFilter: AnyObject {
    /// Takes from `input` what came from `side`, and writes to `output` what may pass; what is left in `input` is not
    /// complete yet. Returns why the stream must end, if it must.
    func pass(_ input: inout ByteBuffer, from side: StreamSide, to output: ByteConnection) -> StreamFailure?
    /// The most that `input` may hold before more is read.
    var maximumBufferedBytes: Int { get }
    /// Nothing that was asked awaits an answer.
    var isBetweenMessages: Bool { get }
    func check(now: UInt64)
    /// The stream is over.
    func ended(now: UInt64)
}

/// Why a stream ends before both sides have ended it.
struct StreamFailure {
    var flag: ResponseFlag
    /// One sentence for the span.
    var sentence: String
}
