import Telemetry

extension MetricsRequestDecoder {
    mutating func numberPoint() throws(DecodeFault) -> OTLPNumberPoint {
        var point = OTLPNumberPoint()
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case 2 << 3 | 1: point.startNanoseconds = try reader.fixed64()
            case 3 << 3 | 1: point.timeNanoseconds = try reader.fixed64()
            case 4 << 3 | 1: point.value = .double(try double())
            case 5 << 3 | 2: try exemplar(into: &point.exemplars)
            case 6 << 3 | 1: point.value = .int(Int64(bitPattern: try reader.fixed64()))
            case 7 << 3 | 2: try attribute(into: &point.attributes)
            case 8 << 3: point.flags = try flags()
            default: try reader.skip(tag, known: 0b1_1111_1100)
            }
        }
        return point
    }

    mutating func histogramPoint() throws(DecodeFault) -> OTLPHistogramPoint {
        var point = OTLPHistogramPoint()
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case 2 << 3 | 1: point.startNanoseconds = try reader.fixed64()
            case 3 << 3 | 1: point.timeNanoseconds = try reader.fixed64()
            case 4 << 3 | 1: point.count = try reader.fixed64()
            case 5 << 3 | 1: point.sum = try double()
            case 6 << 3 | 1, 6 << 3 | 2: try fixedCounts(tag, into: &point.bucketCounts)
            case 7 << 3 | 1, 7 << 3 | 2: try doubles(tag, into: &point.bounds)
            case 8 << 3 | 2: try exemplar(into: &point.exemplars)
            case 9 << 3 | 2: try attribute(into: &point.attributes)
            case 10 << 3: point.flags = try flags()
            case 11 << 3 | 1: point.min = try double()
            case 12 << 3 | 1: point.max = try double()
            default: try reader.skip(tag, known: 0b1_1111_1111_1100)
            }
        }
        return point
    }

    mutating func exponentialHistogramPoint() throws(DecodeFault) -> OTLPExponentialHistogramPoint {
        var point = OTLPExponentialHistogramPoint()
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case 1 << 3 | 2: try attribute(into: &point.attributes)
            case 2 << 3 | 1: point.startNanoseconds = try reader.fixed64()
            case 3 << 3 | 1: point.timeNanoseconds = try reader.fixed64()
            case 4 << 3 | 1: point.count = try reader.fixed64()
            case 5 << 3 | 1: point.sum = try double()
            case 6 << 3: point.scale = try signed32()
            case 7 << 3 | 1: point.zeroCount = try reader.fixed64()
            case 8 << 3 | 2: try buckets(&point.positive)
            case 9 << 3 | 2: try buckets(&point.negative)
            case 10 << 3: point.flags = try flags()
            case 11 << 3 | 2: try exemplar(into: &point.exemplars)
            case 12 << 3 | 1: point.min = try double()
            case 13 << 3 | 1: point.max = try double()
            case 14 << 3 | 1: point.zeroThreshold = try double()
            default: try reader.skip(tag, known: 0b111_1111_1111_1110)
            }
        }
        return point
    }

    private mutating func buckets(_ value: inout OTLPExponentialBuckets) throws(DecodeFault) {
        let outer = reader.enter(try reader.body())
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case 1 << 3: value.offset = try signed32()
            case 2 << 3, 2 << 3 | 2: try varintCounts(tag, into: &value.counts)
            default: try reader.skip(tag, known: 0b110)
            }
        }
        reader.leave(outer)
    }

    mutating func summaryPoint() throws(DecodeFault) -> OTLPSummaryPoint {
        var point = OTLPSummaryPoint()
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case 2 << 3 | 1: point.startNanoseconds = try reader.fixed64()
            case 3 << 3 | 1: point.timeNanoseconds = try reader.fixed64()
            case 4 << 3 | 1: point.count = try reader.fixed64()
            case 5 << 3 | 1: point.sum = try double()
            case 6 << 3 | 2: try quantile(into: &point.quantiles)
            case 7 << 3 | 2: try attribute(into: &point.attributes)
            case 8 << 3: point.flags = try flags()
            default: try reader.skip(tag, known: 0b1_1111_1100)
            }
        }
        return point
    }

    private mutating func quantile(into quantiles: inout [OTLPQuantile]) throws(DecodeFault) {
        let outer = reader.enter(try reader.body())
        try account.charge(MetricsAccount.Cost.number)
        var value = OTLPQuantile(quantile: 0, value: 0)
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case 1 << 3 | 1: value.quantile = try double()
            case 2 << 3 | 1: value.value = try double()
            default: try reader.skip(tag, known: 0b110)
            }
        }
        reader.leave(outer)
        quantiles.append(value)
    }

    private mutating func exemplar(into exemplars: inout [OTLPExemplar]) throws(DecodeFault) {
        let range = try reader.body()
        let outer = reader.enter(range)
        try account.charge(MetricsAccount.Cost.exemplar)
        var exemplar = OTLPExemplar(value: .int(0))
        var hasValue = false
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case 2 << 3 | 1: exemplar.timeNanoseconds = try reader.fixed64()
            case 3 << 3 | 1:
                exemplar.value = .double(try double())
                hasValue = true
            case 4 << 3 | 2:
                let body = try reader.body()
                if body.count != 8, !body.isEmpty { account.reject(.exemplarID, at: body.lowerBound) }
                exemplar.spanID = reader.spanID(body)
            case 5 << 3 | 2:
                let body = try reader.body()
                if body.count != 16, !body.isEmpty { account.reject(.exemplarID, at: body.lowerBound) }
                exemplar.traceID = reader.traceID(body)
            case 6 << 3 | 1:
                exemplar.value = .int(Int64(bitPattern: try reader.fixed64()))
                hasValue = true
            case 7 << 3 | 2: try attribute(into: &exemplar.filteredAttributes)
            default: try reader.skip(tag, known: 0b1111_1100)
            }
        }
        reader.leave(outer)
        if !hasValue { account.reject(.exemplarValue, at: range.lowerBound) }
        exemplars.append(exemplar)
    }
}
