/// What the end of a file of records says about how it came to be.
enum TailCheck {
    /// Whether the bytes from `offset` on are the beginning of a record that ends behind the end of the file: what a
    /// write leaves that did not come to its end.
    static func isCutShort(_ bytes: [UInt8], at offset: Int) -> Bool {
        let left = bytes.count - offset
        guard left > 0 else { return false }
        return bytes.withUnsafeBytes { all in
            let known = min(left, 4)
            let magic = withUnsafeBytes(of: Frame.magic.littleEndian) { Array($0) }
            guard all[offset..<offset + known].elementsEqual(magic[..<known]) else { return false }
            guard left >= Frame.headerBytes else { return true }
            let stored = UInt32(littleEndian: all.loadUnaligned(fromByteOffset: offset + 8, as: UInt32.self))
            return Int(stored) > left - Frame.headerBytes && Int(stored) <= Frame.maximumRawBytes
        }
    }
}
