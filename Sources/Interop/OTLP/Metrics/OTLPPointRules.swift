import Telemetry

/// What makes a decoded point unusable: the same for each encoding. `nil` where nothing does.
struct OTLPPointRules {
    let limits: OTLPMetricsLimits

    func check(_ point: OTLPNumberPoint) -> OTLPPointRejection.Reason? {
        if point.value == nil, !point.flags.contains(.noRecordedValue) { return .missingValue }
        return check(point.attributes, point.exemplars)
    }

    func check(_ point: OTLPHistogramPoint) -> OTLPPointRejection.Reason? {
        if point.bucketCounts.count > limits.maximumBuckets { return .tooManyBuckets }
        // A single bucket needs no bound; with neither counts nor bounds only count and sum are known.
        let isConsistent =
            point.bucketCounts.isEmpty ? point.bounds.isEmpty : point.bucketCounts.count == point.bounds.count + 1
        guard isConsistent else { return .bucketCounts }
        guard point.bounds.first?.isNaN != true, zip(point.bounds, point.bounds.dropFirst()).allSatisfy({ $0 < $1 })
        else { return .bounds }
        return check(point.attributes, point.exemplars)
    }

    func check(_ point: OTLPExponentialHistogramPoint) -> OTLPPointRejection.Reason? {
        for buckets in [point.positive, point.negative] {
            if buckets.counts.count > limits.maximumBuckets { return .tooManyBuckets }
            if Int64(buckets.offset) + Int64(buckets.counts.count) > Int64(Int32.max) { return .bucketOffset }
        }
        guard point.zeroThreshold >= 0 else { return .zeroThreshold }
        return check(point.attributes, point.exemplars)
    }

    func check(_ point: OTLPSummaryPoint) -> OTLPPointRejection.Reason? {
        if point.quantiles.count > limits.maximumBuckets { return .tooManyBuckets }
        guard point.quantiles.allSatisfy({ (0...1).contains($0.quantile) }) else { return .quantile }
        return check(point.attributes, [])
    }

    /// A metric's own fields, which all its points share.
    func check(name: String, description: String, unit: String, metadata: [Attribute]) -> OTLPPointRejection.Reason? {
        if name.isEmpty { return .missingName }
        for text in [name, description, unit] where text.utf8.count > limits.maximumValueBytes { return .valueTooLong }
        return check(metadata)
    }

    func check(_ resource: Resource) -> OTLPPointRejection.Reason? {
        let urlFits = resource.schemaURL.utf8.count <= limits.maximumValueBytes
        guard urlFits, resource.entityReferences.count <= limits.maximumValueBytes else { return .valueTooLong }
        return check(resource.attributes)
    }

    func check(_ scope: InstrumentationScope) -> OTLPPointRejection.Reason? {
        for text in [scope.name, scope.version, scope.schemaURL] where text.utf8.count > limits.maximumValueBytes {
            return .valueTooLong
        }
        return check(scope.attributes)
    }

    private func check(_ attributes: [Attribute], _ exemplars: [OTLPExemplar]) -> OTLPPointRejection.Reason? {
        if let reason = check(attributes) { return reason }
        if exemplars.count > limits.maximumExemplarsPerPoint { return .tooManyExemplars }
        for exemplar in exemplars {
            if let reason = check(exemplar.filteredAttributes) { return reason }
        }
        return nil
    }

    private func check(_ attributes: [Attribute]) -> OTLPPointRejection.Reason? {
        if attributes.count > limits.maximumAttributes { return .tooManyAttributes }
        for attribute in attributes {
            if attribute.key.utf8.count > limits.maximumKeyBytes { return .keyTooLong }
            if !fits(attribute.value) { return .valueTooLong }
        }
        return nil
    }

    private func fits(_ value: AttributeValue) -> Bool {
        switch value {
        case .empty, .bool, .int, .double: true
        case .string(let text): text.utf8.count <= limits.maximumValueBytes
        case .bytes(let bytes): bytes.count <= limits.maximumValueBytes
        case .array(let values): values.allSatisfy(fits)
        case .map(let entries):
            entries.allSatisfy { $0.key.utf8.count <= limits.maximumKeyBytes && fits($0.value) }
        }
    }
}
