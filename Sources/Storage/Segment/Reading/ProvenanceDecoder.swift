import Telemetry

/// Reads the provenance block: the batches that the rows came in.
enum ProvenanceDecoder {
    static func decode(_ block: [UInt8], path: String) throws(StoreError) -> [Provenance] {
        try block.reading(path, "the provenance block") { source throws(StoreError) in
            var senders: [Provenance] = []
            for _ in 0..<(try source.count("senders", limit: source.remaining)) {
                let at = source.position
                guard let door = Door(rawValue: try source.byte()) else {
                    throw source.error("an unknown door", at: at)
                }
                senders.append(
                    Provenance(
                        door: door, principal: String(decoding: try source.string(), as: UTF8.self),
                        instance: String(decoding: try source.string(), as: UTF8.self),
                        incarnation: try source.fixed64(), receivedNanoseconds: 0))
            }
            let count = try source.count("batches", limit: source.remaining)
            var parts: [Provenance] = []
            parts.reserveCapacity(count)
            var received: UInt64 = 0
            for _ in 0..<count {
                let sender = Int(try source.index("sender", below: senders.count))
                senders[sender].sequence &+= UInt64(bitPattern: try source.zigzag())
                received &+= UInt64(bitPattern: try source.zigzag())
                senders[sender].receivedNanoseconds = received
                parts.append(senders[sender])
            }
            try source.expectEnd()
            return parts
        }
    }
}
