import Files
import Synchronization
import Telemetry

extension Spool {
    /// What earlier incarnations left, oldest file name first. Call once, before anything is appended.
    /// `damaged` is told of bytes that could not be read: a torn tail, or worse.
    func recover(damaged: (SpoolDamage) -> Void) throws(FileError) -> [Leftover] {
        var byIncarnation: [UInt64: Leftover] = [:]
        var order: [UInt64] = []
        for name in try files.list(directory) where name.hasSuffix(".spool") {
            // One file that cannot be read keeps no other from being sent; it stays for the next start.
            do throws(FileError) {
                guard let found = try recover(directory + "/" + name, damaged) else { continue }
                if byIncarnation[found.incarnation] == nil { order.append(found.incarnation) }
                var leftover =
                    byIncarnation[found.incarnation]
                    ?? Leftover(incarnation: found.incarnation, instance: found.instance, entries: [])
                leftover.entries += found.entries
                leftover.lastSequence = found.lastSequence ?? leftover.lastSequence
                byIncarnation[found.incarnation] = leftover
            } catch { damaged(SpoolDamage(error.description)) }
        }
        return order.compactMap { incarnation in
            guard var leftover = byIncarnation[incarnation] else { return nil }
            leftover.entries.sort { $0.sequence < $1.sequence }
            var unique: [Leftover.Entry] = []
            for entry in leftover.entries {
                if unique.last?.sequence == entry.sequence { release(entry.location) } else { unique.append(entry) }
            }
            leftover.entries = unique
            return leftover
        }
    }

    /// What one file holds; `nil` when there is nothing to send in it.
    private func recover(_ path: String, _ damaged: (SpoolDamage) -> Void) throws(FileError) -> Leftover? {
        let handle = try files.openForReading(path)
        let header: SpoolReader.Header
        switch try SpoolReader.header(handle) {
        case .whole(let read): header = read
        case .newer(let version):
            damaged(SpoolDamage("\(path) is of version \(version), not \(SpoolFormat.version), and stays as it is"))
            try handle.close()
            return nil
        case .unreadable:
            // Torn before its first record was durable: nothing was ever accepted on its strength.
            if try handle.size() > SpoolFormat.maximumHeaderBytes {
                damaged(
                    SpoolDamage(
                        "\(path) does not start with a spool header",
                        loss: LossRecord(
                            reason: .spoolDamaged, batches: 1, spans: 0, firstNanoseconds: 0, lastNanoseconds: 0)))
            }
            discard(handle)
            return nil
        }
        let contents = try SpoolReader.records(handle, from: header.bytes)
        for damage in contents.damages { damaged(damage) }
        let size = try handle.size()
        let batches = contents.records.filter { $0.kind != SpoolRecordKind.close }
        if batches.isEmpty {
            discard(handle)
            return nil
        }
        let number = state.withLock { state in
            let number = state.nextFile
            state.nextFile += 1
            state.files[number] = OpenFile(handle: handle, bytes: size, live: batches.count, isSealed: true)
            state.bytes += size
            return number
        }
        var leftover = Leftover(incarnation: header.incarnation, instance: header.instance, entries: [])
        leftover.lastSequence = contents.records.last { $0.kind == SpoolRecordKind.close }?.sequence
        leftover.entries = batches.map { record in
            Leftover.Entry(
                sequence: record.sequence, spans: record.spans, first: record.first, last: record.last,
                location: Location(file: number, offset: record.offset, bytes: record.bytes, kind: record.kind))
        }
        return leftover
    }
}
