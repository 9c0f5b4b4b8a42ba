extension OTLPSchema {
    /// The fields of the messages that only metrics have.
    func metricsField(_ number: UInt64) -> Field? {
        switch (self, number) {
        case (.metricsRequest, 1): Field(name: "resource_metrics", isRepeated: true, message: .resourceMetrics)
        case (.resourceMetrics, 1): Field(name: "resource", message: .resource)
        case (.resourceMetrics, 2): Field(name: "scope_metrics", isRepeated: true, message: .scopeMetrics)
        case (.scopeMetrics, 1): Field(name: "scope", message: .scope)
        case (.scopeMetrics, 2): Field(name: "metrics", isRepeated: true, message: .metric)
        case (.resourceMetrics, 3), (.scopeMetrics, 3): Field(name: "schema_url")
        case (.metric, 1): Field(name: "name")
        case (.metric, 2): Field(name: "description")
        case (.metric, 3): Field(name: "unit")
        case (.metric, 5): Field(name: "gauge", message: .gauge)
        case (.metric, 7): Field(name: "sum", message: .sum)
        case (.metric, 9): Field(name: "histogram", message: .histogram)
        case (.metric, 10): Field(name: "exponential_histogram", message: .exponentialHistogram)
        case (.metric, 11): Field(name: "summary", message: .summary)
        case (.metric, 12): Field(name: "metadata", isRepeated: true, message: .keyValue)
        case (.gauge, 1), (.sum, 1): Field(name: "data_points", isRepeated: true, message: .numberPoint)
        case (.histogram, 1): Field(name: "data_points", isRepeated: true, message: .histogramPoint)
        case (.exponentialHistogram, 1):
            Field(name: "data_points", isRepeated: true, message: .exponentialHistogramPoint)
        case (.summary, 1): Field(name: "data_points", isRepeated: true, message: .summaryPoint)
        case (.sum, 2), (.histogram, 2), (.exponentialHistogram, 2): Field(name: "aggregation_temporality")
        case (.sum, 3): Field(name: "is_monotonic")
        default: pointField(number)
        }
    }

    private func pointField(_ number: UInt64) -> Field? {
        switch (self, number) {
        case (.numberPoint, 7), (.histogramPoint, 9), (.exponentialHistogramPoint, 1), (.summaryPoint, 7):
            Field(name: "attributes", isRepeated: true, message: .keyValue)
        case (.exemplar, 7): Field(name: "filtered_attributes", isRepeated: true, message: .keyValue)
        case (.numberPoint, 5), (.histogramPoint, 8), (.exponentialHistogramPoint, 11):
            Field(name: "exemplars", isRepeated: true, message: .exemplar)
        case (.numberPoint, 2), (.histogramPoint, 2), (.exponentialHistogramPoint, 2), (.summaryPoint, 2):
            Field(name: "start_time_unix_nano")
        case (.numberPoint, 3), (.histogramPoint, 3), (.exponentialHistogramPoint, 3), (.summaryPoint, 3),
            (.exemplar, 2):
            Field(name: "time_unix_nano")
        case (.numberPoint, 8), (.histogramPoint, 10), (.exponentialHistogramPoint, 10), (.summaryPoint, 8):
            Field(name: "flags")
        case (.numberPoint, 4), (.exemplar, 3): Field(name: "as_double")
        case (.numberPoint, 6), (.exemplar, 6): Field(name: "as_int")
        case (.exemplar, 4): Field(name: "span_id")
        case (.exemplar, 5): Field(name: "trace_id")
        case (.histogramPoint, 4), (.exponentialHistogramPoint, 4), (.summaryPoint, 4): Field(name: "count")
        case (.histogramPoint, 5), (.exponentialHistogramPoint, 5), (.summaryPoint, 5): Field(name: "sum")
        case (.histogramPoint, 6), (.buckets, 2): Field(name: "bucket_counts")
        case (.histogramPoint, 7): Field(name: "explicit_bounds")
        case (.histogramPoint, 11), (.exponentialHistogramPoint, 12): Field(name: "min")
        case (.histogramPoint, 12), (.exponentialHistogramPoint, 13): Field(name: "max")
        case (.exponentialHistogramPoint, 6): Field(name: "scale")
        case (.exponentialHistogramPoint, 7): Field(name: "zero_count")
        case (.exponentialHistogramPoint, 8): Field(name: "positive", message: .buckets)
        case (.exponentialHistogramPoint, 9): Field(name: "negative", message: .buckets)
        case (.exponentialHistogramPoint, 14): Field(name: "zero_threshold")
        case (.summaryPoint, 6): Field(name: "quantile_values", isRepeated: true, message: .quantile)
        case (.buckets, 1): Field(name: "offset")
        case (.quantile, 1): Field(name: "quantile")
        case (.quantile, 2): Field(name: "value")
        default: nil
        }
    }
}
