import Telemetry

/// The attributes by which a client span names who it calls, as numbers of one batch.
struct PeerKeys: Sendable {
    /// In the order of preference, the semantic conventions' older names after the newer ones.
    static let attributes: [(name: StaticString, field: WritableKeyPath<PeerFields, Int16> & Sendable)] = [
        ("peer.service", \.peerService), ("server.address", \.serverAddress),
        ("network.peer.address", \.networkAddress), ("db.namespace", \.databaseName), ("db.name", \.databaseName),
        ("db.system.name", \.databaseSystem), ("db.system", \.databaseSystem),
    ]

    fileprivate let keys: [(key: StringRef, index: Int)]

    init(_ batch: borrowing SpanBatch) {
        var keys: [(key: StringRef, index: Int)] = []
        for (index, attribute) in Self.attributes.enumerated() {
            if let key = BatchNames.find(attribute.name, batch) { keys.append((key, index)) }
        }
        self.keys = keys
    }
}

/// Where the values of a shape's peer attributes lie; -1 where there are none.
struct PeerFields: Sendable {
    var peerService: Int16 = -1
    var serverAddress: Int16 = -1
    var networkAddress: Int16 = -1
    var databaseName: Int16 = -1
    var databaseSystem: Int16 = -1

    init(_ shape: UInt32, _ keys: PeerKeys, _ batch: borrowing SpanBatch) {
        if keys.keys.isEmpty { return }
        let range = batch.shapes.range(shape)
        for (key, index) in keys.keys {
            let field = PeerKeys.attributes[index].field
            guard self[keyPath: field] < 0 else { continue }
            for place in range where batch.shapes.fields[place] == ShapeField(key: key, type: .string) {
                self[keyPath: field] = Int16(clamping: place - range.lowerBound)
            }
        }
    }

    var isDatabase: Bool { databaseName >= 0 || databaseSystem >= 0 }

    /// The name of a database in the graph: its service, its host or its own name, in Tempo's order.
    var databasePeer: Int16 {
        for field in [peerService, serverAddress, networkAddress, databaseName] where field >= 0 { return field }
        return databaseSystem
    }

    /// The name of a peer that sends no spans.
    var virtualPeer: Int16 {
        for field in [peerService, databaseName] where field >= 0 { return field }
        return databaseSystem
    }
}
