import Telemetry

extension SpanMetricsState {
    /// A new series, or the one that it is folded into.
    mutating func addSeries(service: UInt32, name: UInt32, kind: UInt8, status: UInt8, now: UInt64) -> Int {
        if series.count < limits.spanSeries {
            return insert(service: service, name: name, kind: kind, status: status, now: now)
        }
        foldedSeries.count(SpanSeries.key(service: service, name: name, kind: kind, status: status))
        let ofService = SpanSeries.key(service: service, name: names.overflow, kind: kind, status: status)
        if let known = seriesIndex.find(ofService) { return known }
        // Series of one service are bounded by twice the limit: services come from the wire too.
        if series.count < 2 * limits.spanSeries {
            return insert(service: service, name: names.overflow, kind: kind, status: status, now: now)
        }
        let ofAll = SpanSeries.key(service: names.overflow, name: names.overflow, kind: kind, status: status)
        return seriesIndex.find(ofAll)
            ?? insert(service: names.overflow, name: names.overflow, kind: kind, status: status, now: now)
    }

    private mutating func insert(service: UInt32, name: UInt32, kind: UInt8, status: UInt8, now: UInt64) -> Int {
        let new = SpanSeries(
            service: service, name: name, kind: kind, status: status, startNanoseconds: now, seenNanoseconds: now)
        seriesIndex.insert(new.key, series.count)
        series.append(new)
        return series.count - 1
    }

    /// The series of an edge, or the one that it is folded into.
    @inline(__always)
    mutating func edge(client: UInt32, server: UInt32, _ type: ConnectionType, now: UInt64) -> Int {
        edgeIndex.find(EdgeSeries.key(client: client, server: server, type: type))
            ?? addEdge(client: client, server: server, type, now: now)
    }

    private mutating func addEdge(client: UInt32, server: UInt32, _ type: ConnectionType, now: UInt64) -> Int {
        var new = EdgeSeries(client: client, server: server, type: type, startNanoseconds: now, seenNanoseconds: now)
        if edges.count >= limits.edges {
            foldedEdges.count(new.key)
            new.client = names.overflow
            new.server = names.overflow
            if let known = edgeIndex.find(new.key) { return known }
        }
        edgeIndex.insert(new.key, edges.count)
        edges.append(new)
        return edges.count - 1
    }

    /// Lets a span wait for its other half. Where there is no room, the one that waits longest gives way.
    mutating func wait(_ span: WaitingSpan, now: UInt64) {
        if waiting.isFull, let oldest = waiting.takeOldest(before: .max) { end(oldest, isDropped: true, now: now) }
        waiting.insert(span)
    }

    /// Ends the wait of all whose time is over.
    mutating func expireWaiting(now: UInt64) {
        guard now > limits.waitNanoseconds else { return }
        while let span = waiting.takeOldest(before: now - limits.waitNanoseconds) {
            end(span, isDropped: false, now: now)
        }
    }

    /// What becomes of a span whose other half did not come: a client's peer that has a name sends no spans itself, and
    /// stands in the graph all the same.
    private mutating func end(_ span: WaitingSpan, isDropped: Bool, now: UInt64) {
        if span.isClient, span.peer != 0 {
            let edge = edge(client: span.service, server: span.peer, .virtualNode, now: now)
            let isExemplar = edges[edge].complete(
                client: span.durationNanoseconds, server: span.durationNanoseconds, hasFailed: span.hasFailed, now: now,
                keepingExemplarFor: limits.exemplarNanoseconds)
            if isExemplar {
                edges[edge].exemplar = SpanExemplar(
                    traceID: span.traceID, spanID: span.spanID, durationNanoseconds: span.durationNanoseconds,
                    endNanoseconds: span.waitsSince, takenNanoseconds: now)
            }
            return
        }
        let type = span.isMessaging ? ConnectionType.messagingSystem : .direct
        let edge = edge(
            client: span.isClient ? span.service : 0, server: span.isClient ? 0 : span.service, type, now: now)
        if isDropped { edges[edge].dropped &+= 1 } else { edges[edge].unpaired &+= 1 }
        edges[edge].seenNanoseconds = now
    }

    /// Drops series without a span for long, and the names that only they had.
    mutating func dropIdle(now: UInt64) {
        func isIdle(_ seen: UInt64) -> Bool { now > seen && now - seen > limits.idleNanoseconds }
        guard
            series.contains(where: { isIdle($0.seenNanoseconds) })
                || edges.contains(where: { isIdle($0.seenNanoseconds) })
        else { return }
        var kept = NameTable(limit: Self.nameLimit(limits))
        func number(_ old: UInt32) -> UInt32 { names.withBytes(old) { kept.number($0) } }
        series.removeAll { isIdle($0.seenNanoseconds) }
        seriesIndex = SeriesIndex()
        for index in series.indices {
            series[index].service = number(series[index].service)
            series[index].name = number(series[index].name)
            seriesIndex.insert(series[index].key, index)
        }
        edges.removeAll { isIdle($0.seenNanoseconds) }
        edgeIndex = SeriesIndex()
        for index in edges.indices {
            edges[index].client = number(edges[index].client)
            edges[index].server = number(edges[index].server)
            edgeIndex.insert(edges[index].key, index)
        }
        waiting.renumber(number)
        names = kept
        foldedSeries.forgetLabelSets()
        foldedEdges.forgetLabelSets()
    }
}
