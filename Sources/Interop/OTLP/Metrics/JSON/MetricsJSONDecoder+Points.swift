import Telemetry

extension MetricsJSONDecoder {
    mutating func numberPoint() throws(DecodeFault) -> OTLPNumberPoint {
        var point = OTLPNumberPoint()
        try reader.enterObject()
        var members = Members()
        while let name = try next(&members) {
            switch name {
            case .attributes: point.attributes = try attributes()
            case .startTimeUnixNano: point.startNanoseconds = try reader.unsigned()
            case .timeUnixNano: point.timeNanoseconds = try reader.unsigned()
            case .asDouble, .asInt:
                if point.value != nil { throw .twoMembers }
                point.value = try number(name)
            case .exemplars: point.exemplars = try exemplars()
            case .flags: point.flags = OTLPPointFlags(rawValue: try reader.unsigned32())
            default: try reader.skip()
            }
        }
        return point
    }

    mutating func histogramPoint() throws(DecodeFault) -> OTLPHistogramPoint {
        var point = OTLPHistogramPoint()
        try reader.enterObject()
        var members = Members()
        while let name = try next(&members) {
            switch name {
            case .attributes: point.attributes = try attributes()
            case .startTimeUnixNano: point.startNanoseconds = try reader.unsigned()
            case .timeUnixNano: point.timeNanoseconds = try reader.unsigned()
            case .count: point.count = try reader.unsigned()
            case .sum: point.sum = try reader.double()
            case .min: point.min = try reader.double()
            case .max: point.max = try reader.double()
            case .bucketCounts: point.bucketCounts = try counts()
            case .explicitBounds: point.bounds = try doubles()
            case .exemplars: point.exemplars = try exemplars()
            case .flags: point.flags = OTLPPointFlags(rawValue: try reader.unsigned32())
            default: try reader.skip()
            }
        }
        return point
    }

    mutating func exponentialHistogramPoint() throws(DecodeFault) -> OTLPExponentialHistogramPoint {
        var point = OTLPExponentialHistogramPoint()
        try reader.enterObject()
        var members = Members()
        while let name = try next(&members) {
            switch name {
            case .attributes: point.attributes = try attributes()
            case .startTimeUnixNano: point.startNanoseconds = try reader.unsigned()
            case .timeUnixNano: point.timeNanoseconds = try reader.unsigned()
            case .count: point.count = try reader.unsigned()
            case .sum: point.sum = try reader.double()
            case .min: point.min = try reader.double()
            case .max: point.max = try reader.double()
            case .scale: point.scale = try reader.signed32()
            case .zeroCount: point.zeroCount = try reader.unsigned()
            case .zeroThreshold: point.zeroThreshold = try reader.double()
            case .positive: point.positive = try buckets()
            case .negative: point.negative = try buckets()
            case .exemplars: point.exemplars = try exemplars()
            case .flags: point.flags = OTLPPointFlags(rawValue: try reader.unsigned32())
            default: try reader.skip()
            }
        }
        return point
    }

    private mutating func buckets() throws(DecodeFault) -> OTLPExponentialBuckets {
        var value = OTLPExponentialBuckets()
        try reader.enterObject()
        var members = Members()
        while let name = try next(&members) {
            switch name {
            case .offset: value.offset = try reader.signed32()
            case .bucketCounts: value.counts = try counts()
            default: try reader.skip()
            }
        }
        return value
    }

    mutating func summaryPoint() throws(DecodeFault) -> OTLPSummaryPoint {
        var point = OTLPSummaryPoint()
        try reader.enterObject()
        var members = Members()
        while let name = try next(&members) {
            switch name {
            case .attributes: point.attributes = try attributes()
            case .startTimeUnixNano: point.startNanoseconds = try reader.unsigned()
            case .timeUnixNano: point.timeNanoseconds = try reader.unsigned()
            case .count: point.count = try reader.unsigned()
            case .sum: point.sum = try reader.double()
            case .quantileValues: point.quantiles = try quantiles()
            case .flags: point.flags = OTLPPointFlags(rawValue: try reader.unsigned32())
            default: try reader.skip()
            }
        }
        return point
    }

    private mutating func quantiles() throws(DecodeFault) -> [OTLPQuantile] {
        var values: [OTLPQuantile] = []
        try reader.enterArray()
        var isFirst = true
        while try reader.nextElement(&isFirst) {
            try account.charge(MetricsAccount.Cost.number)
            var value = OTLPQuantile(quantile: 0, value: 0)
            try reader.enterObject()
            var members = Members()
            while let name = try next(&members) {
                switch name {
                case .quantile: value.quantile = try reader.double()
                case .value: value.value = try reader.double()
                default: try reader.skip()
                }
            }
            values.append(value)
        }
        return values
    }

    private mutating func exemplars() throws(DecodeFault) -> [OTLPExemplar] {
        var exemplars: [OTLPExemplar] = []
        try reader.enterArray()
        var isFirst = true
        while try reader.nextElement(&isFirst) { exemplars.append(try exemplar()) }
        return exemplars
    }

    private mutating func exemplar() throws(DecodeFault) -> OTLPExemplar {
        let start = reader.position
        try account.charge(MetricsAccount.Cost.exemplar)
        var exemplar = OTLPExemplar(value: .int(0))
        var value: OTLPNumber?
        try reader.enterObject()
        var members = Members()
        while let name = try next(&members) {
            switch name {
            case .filteredAttributes: exemplar.filteredAttributes = try attributes()
            case .timeUnixNano: exemplar.timeNanoseconds = try reader.unsigned()
            case .asDouble, .asInt:
                if value != nil { throw .twoMembers }
                value = try number(name)
            case .traceId: exemplar.traceID = try traceID()
            case .spanId: exemplar.spanID = try spanID()
            default: try reader.skip()
            }
        }
        if let value {
            exemplar.value = value
        } else {
            account.reject(.exemplarValue, at: start)
        }
        return exemplar
    }

    private mutating func number(_ name: OTLPName) throws(DecodeFault) -> OTLPNumber {
        name == .asInt ? .int(try reader.signed()) : .double(try reader.double())
    }
}
