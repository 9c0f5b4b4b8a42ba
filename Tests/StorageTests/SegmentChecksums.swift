import CZlib
import Crypto
import Storage

/// Makes a damaged segment's checksums right again, from the layout in `Schemas/segment.md`.
enum SegmentChecksums {
    static func crc(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        let value = bytes.withUnsafeBytes {
            UInt32(truncatingIfNeeded: crc32(0, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt32($0.count)))
        }
        return (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32($0 * 8)) }
    }

    static func sha256(_ bytes: ArraySlice<UInt8>) -> [UInt8] { Array(SHA256.hash(data: Array(bytes))) }

    private static func littleEndian(_ value: Int, _ size: Int) -> [UInt8] {
        (0..<size).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    /// The version's checksum.
    static func repairStart(_ bytes: inout [UInt8]) { bytes.replaceSubrange(12..<16, with: crc(bytes[..<12])) }

    /// Header, blocks as `summary` lists them, footer and trailer.
    static func repair(_ bytes: inout [UInt8], _ summary: SegmentSummary) {
        repairStart(&bytes)
        let header = summary.blocks[0].offset
        bytes.replaceSubrange(header - 4..<header, with: crc(bytes[..<(header - 4)]))
        let trailer = bytes.count - 56
        let footer = summary.blocks.map { $0.offset + $0.length }.max() ?? header
        bytes.replaceSubrange(footer..<footer + 32, with: sha256(bytes[..<header]))
        // A block's entry: kind, two varints, then CRC-32 and SHA-256, found by the old ones.
        for block in summary.blocks {
            let old = block.sha256
            let place = (footer..<trailer - 32).first { Array(bytes[$0..<$0 + 32]) == old }
            guard let place else { continue }
            let range = block.offset..<block.offset + block.length
            bytes.replaceSubrange(place - 4..<place, with: crc(bytes[range]))
            bytes.replaceSubrange(place..<place + 32, with: sha256(bytes[range]))
        }
        bytes.replaceSubrange(trailer + 12..<trailer + 16, with: crc(bytes[footer..<trailer]))
        bytes.replaceSubrange(trailer + 16..<trailer + 48, with: sha256(bytes[footer..<trailer]))
        bytes.replaceSubrange(trailer..<trailer + 8, with: littleEndian(footer, 8))
        bytes.replaceSubrange(trailer + 8..<trailer + 12, with: littleEndian(trailer - footer, 4))
    }
}
