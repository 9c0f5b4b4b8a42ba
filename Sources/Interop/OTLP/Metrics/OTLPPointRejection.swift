/// Why one data point, or all points of a metric, cannot be used although the message is sound.
struct OTLPPointRejection: Sendable {
    enum Reason: UInt8, Sendable {
        case missingName, missingTemporality, missingValue
        case tooManyAttributes, tooManyExemplars, tooManyBuckets
        case keyTooLong, valueTooLong, nestedTooDeep
        case exemplarID, exemplarValue
        /// In JSON only.
        case base64Value
        case bucketCounts, bounds, bucketOffset, zeroThreshold, quantile
    }

    var reason: Reason
    /// Where in the request the element is.
    var offset: Int

    func sentence(_ limits: OTLPMetricsLimits) -> String {
        switch reason {
        case .missingName: "the metric has no name"
        case .missingTemporality: "aggregation_temporality must be delta or cumulative"
        case .missingValue: "the point has neither as_double nor as_int, and its flags do not say that it has no value"
        case .tooManyAttributes: "more than \(limits.maximumAttributes) attributes (limit spanAttributes)"
        case .tooManyExemplars: "more than \(limits.maximumExemplarsPerPoint) exemplars (limit pointExemplars)"
        case .tooManyBuckets: "more than \(limits.maximumBuckets) buckets or quantiles (limit pointBuckets)"
        case .keyTooLong: "an attribute key is longer than \(limits.maximumKeyBytes) bytes (limit keyBytes)"
        case .valueTooLong: "a value is longer than \(limits.maximumValueBytes) bytes (limit valueBytes)"
        case .nestedTooDeep: "arrays and maps nest deeper than \(limits.maximumDepth) (limit nestingDepth)"
        case .exemplarID:
            "an exemplar's trace id must be 16 bytes and its span id 8 bytes (in JSON twice as many hexadecimal digits), or empty"
        case .base64Value: "bytesValue must be base64"
        case .exemplarValue: "an exemplar has neither as_double nor as_int"
        case .bucketCounts: "bucket_counts must be one more than explicit_bounds, or both empty"
        case .bounds: "explicit_bounds must ascend and hold no NaN"
        case .bucketOffset: "the buckets' offset and their number exceed 32 bits"
        case .zeroThreshold: "zero_threshold must be a number and not negative"
        case .quantile: "a quantile must be between 0 and 1"
        }
    }
}
