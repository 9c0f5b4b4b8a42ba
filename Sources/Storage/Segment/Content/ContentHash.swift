import Crypto
import Telemetry

/// SHA-256 with its digest as four little-endian words, as sums and comparisons want it.
enum ContentHash {
    @inline(__always)
    static func hash(_ bytes: UnsafeRawBufferPointer) -> ContentSum {
        var hasher = SHA256()
        hasher.update(bufferPointer: bytes)
        return hasher.finalize().withUnsafeBytes { digest in
            ContentSum(
                word0: UInt64(littleEndian: digest.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                word1: UInt64(littleEndian: digest.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
                word2: UInt64(littleEndian: digest.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
                word3: UInt64(littleEndian: digest.loadUnaligned(fromByteOffset: 24, as: UInt64.self)))
        }
    }

    static func digest(of sink: ByteSink) -> [UInt8] { digest(sink.bytes) }

    static func digest(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var hasher = SHA256()
        hasher.update(bufferPointer: bytes)
        return Array(hasher.finalize())
    }
}

extension ContentSum {
    /// The sum over the spans of `batch`, each row counted.
    package init(of batch: SpanBatch) {
        self.init()
        let gatherer = SegmentGatherer(spans: batch.count, values: batch.values.count)
        gatherer.add(batch, part: 0)
        for index in 0..<gatherer.rows.hashes.count { self += gatherer.rows.hashes[index] }
    }
}
