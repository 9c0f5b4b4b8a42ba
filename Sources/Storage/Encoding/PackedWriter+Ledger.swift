import Telemetry

extension PackedWriter {
    mutating func append(provenance: Provenance) {
        append(provenance.door.rawValue)
        append(text: provenance.principal)
        append(text: provenance.instance)
        append(provenance.incarnation)
        append(provenance.sequence)
        append(provenance.receivedNanoseconds)
    }

    mutating func append(session: SessionKey) {
        append(text: session.principal)
        append(text: session.instance)
        append(session.incarnation)
    }

    mutating func append(loss: LossRecord) {
        append(loss.reason.rawValue)
        append(loss.batches)
        append(loss.spans)
        append(loss.metricPoints)
        append(loss.firstNanoseconds)
        append(loss.lastNanoseconds)
    }
}

extension PackedReader {
    mutating func provenance() throws(StoreError) -> Provenance {
        guard let door = Door(rawValue: try integer(UInt8.self)) else { throw damaged("an unknown door") }
        return Provenance(
            door: door, principal: try text(), instance: try text(), incarnation: try integer(),
            sequence: try integer(), receivedNanoseconds: try integer())
    }

    mutating func session() throws(StoreError) -> SessionKey {
        SessionKey(principal: try text(), instance: try text(), incarnation: try integer())
    }

    mutating func loss() throws(StoreError) -> LossRecord {
        LossRecord(
            reason: LossReason(rawValue: try integer()), batches: try integer(), spans: try integer(),
            metricPoints: try integer(), firstNanoseconds: try integer(), lastNanoseconds: try integer())
    }
}
