import Interop
import Telemetry
import Testing

@Suite struct OTLPMetricsDecoderTests {
    @Test func pointsThatCannotBeUsedAreRejectedAlone() throws {
        let good = Request.field(1, MetricsRequest.one)
        let trace = Request.field(5, [1, 2])
        let cases: [(kind: Int, point: [UInt8], reason: String)] = [
            (5, [], "neither as_double nor as_int"),
            (5, MetricsRequest.one + Request.field(5, MetricsRequest.one + trace), "exemplar's trace id"),
            (5, MetricsRequest.one + Request.field(5, []), "an exemplar has neither"),
            (9, MetricsRequest.packed(7, [1, 2]), "bucket_counts must be one more"),
            (9, MetricsRequest.packed(6, [0, 0, 0]) + MetricsRequest.packed(7, [2, 1]), "must ascend"),
            (9, MetricsRequest.packed(6, [0, 0]) + MetricsRequest.packed(7, [.nan]), "must ascend"),
            (10, Request.field(8, [0x08] + Request.varint(0xFFFF_FFFE) + [0x10, 1]), "exceed 32 bits"),
            (10, MetricsRequest.double(14, -1), "zero_threshold"),
            (10, MetricsRequest.double(14, .nan), "zero_threshold"),
            (11, Request.field(6, MetricsRequest.double(1, 1.5)), "between 0 and 1"),
        ]
        for (kind, point, reason) in cases {
            let body =
                MetricsRequest.metric(Request.field(5, good))
                + MetricsRequest.metric(
                    Request.field(kind, Request.field(1, point) + [0x10, 1].filter { _ in kind == 9 || kind == 10 }))
            let outcome = try MetricsRequest.decode(body)
            #expect(outcome.accepted == 1 && outcome.rejected == 1, "\(reason)")
            #expect(
                outcome.firstRejection?.contains(reason) == true, "\(outcome.firstRejection ?? "taken") for \(reason)")
            #expect(outcome.firstRejection?.hasPrefix("resource_metrics[1].scope_metrics[0].metrics[0].") == true)
        }
    }

    @Test func aMetricThatCannotBeUsedCostsItsPoints() throws {
        let point = Request.field(1, MetricsRequest.one)
        let cases: [(body: [UInt8], reason: String)] = [
            (MetricsRequest.metric(Request.field(5, point + point), name: ""), "no name"),
            (MetricsRequest.metric(Request.field(7, point + point)), "aggregation_temporality"),
            (MetricsRequest.metric(Request.field(7, point + point + [0x10, 7])), "aggregation_temporality"),
        ]
        for (body, reason) in cases {
            let outcome = try MetricsRequest.decode(body)
            #expect(outcome.accepted == 0 && outcome.rejected == 2)
            #expect(outcome.firstRejection?.contains(reason) == true, "\(outcome.firstRejection ?? "taken")")
        }
        let empty = try MetricsRequest.decode(MetricsRequest.metric([]))
        #expect(empty.accepted == 0 && empty.rejected == 0)
    }

    @Test func aPointThatSaysItHasNoValueNeedsNone() throws {
        let body = MetricsRequest.metric(Request.field(5, Request.field(1, [0x40, 1])))
        let outcome = try MetricsRequest.decode(body)
        guard case .gauge(let points)? = outcome.metrics.resources.first?.scopes.first?.metrics.first?.data else {
            Issue.record("no gauge")
            return
        }
        #expect(points == [OTLPNumberPoint(flags: .noRecordedValue)])
    }

    @Test func repeatedDataMergesAndAnotherKindReplaces() throws {
        let point = Request.field(1, MetricsRequest.one)
        let sum = Request.field(7, point + [0x10, 2])
        let merged = try MetricsRequest.decode(MetricsRequest.metric(sum + Request.field(7, point + [0x18, 1])))
        let data = try #require(merged.metrics.resources.first?.scopes.first?.metrics.first?.data)
        let one = OTLPNumberPoint(value: .int(1))
        #expect(data == .sum([one, one], temporality: .cumulative, isMonotonic: true))
        let replaced = try MetricsRequest.decode(MetricsRequest.metric(sum + Request.field(5, point)))
        #expect(replaced.metrics.resources.first?.scopes.first?.metrics.first?.data == .gauge([one]))
    }

    @Test func numbersMayStandUnpacked() throws {
        let counts: [UInt8] = [6 << 3 | 1, 3, 0, 0, 0, 0, 0, 0, 0, 6 << 3 | 1, 4, 0, 0, 0, 0, 0, 0, 0]
        let point = Request.field(1, counts + MetricsRequest.double(7, 0.5))
        let outcome = try MetricsRequest.decode(MetricsRequest.metric(Request.field(9, point + [0x10, 1])))
        #expect(
            outcome.metrics.resources.first?.scopes.first?.metrics.first?.data
                == .histogram([OTLPHistogramPoint(bucketCounts: [3, 4], bounds: [0.5])], temporality: .delta))
    }

    @Test func malformedBytesNameThePlace() {
        let prefix = "resource_metrics[0].scope_metrics[0].metrics[0]"
        let cases: [(body: [UInt8], path: String, reason: String)] = [
            ([0x0A, 0x05, 0x00], "resource_metrics[0]", "beyond the end"),
            (MetricsRequest.metric([0x08, 0x01]), prefix + ".name", "another wire type"),
            (
                MetricsRequest.metric(Request.field(5, Request.field(1, [0x31, 1]))),
                prefix + ".gauge.data_points[0].as_int", "fixed-width"
            ),
            (
                MetricsRequest.metric(Request.field(9, Request.field(1, Request.field(6, [1, 2, 3])))),
                prefix + ".histogram.data_points[0].bucket_counts", "fixed-width"
            ),
            (MetricsRequest.metric(Request.field(5, [0x10, 1])), prefix + ".gauge", ""),
            (
                MetricsRequest.metric(Request.field(11, Request.field(1, Request.field(6, [0x0D, 0, 0, 0, 0])))),
                prefix + ".summary.data_points[0].quantile_values[0].quantile", "another wire type"
            ),
        ]
        for (body, path, reason) in cases {
            guard let error = MetricsRequest.refusal(body) else {
                // An unknown field is skipped.
                #expect(reason.isEmpty, "taken: \(Hex.string(body))")
                continue
            }
            #expect(error.code == .malformed && error.path == path, "\(error) for \(Hex.string(body))")
            #expect(error.reason.contains(reason), "\(error)")
        }
    }

    @Test func limitsHold() throws {
        let limits = OTLPMetricsLimits(
            maximumBytes: 4000, maximumPoints: 3, maximumMemoryBytes: 8000, maximumAttributes: 2,
            maximumExemplarsPerPoint: 1, maximumBuckets: 2, maximumKeyBytes: 5, maximumValueBytes: 50,
            maximumDepth: 2)
        func attribute(_ key: String, _ value: String) -> [UInt8] { Request.field(7, Request.keyValue(key, value)) }
        let exemplar = Request.field(5, MetricsRequest.one)
        let one = AttributeValue.array([.array([.array([])])])
        let deep = Request.field(7, Request.field(2, NestedValue.anyValue(one)))
        let cases: [(fields: [UInt8], reason: String)] = [
            (attribute("a", "") + attribute("b", "") + attribute("c", ""), "more than 2 attributes"),
            (attribute("longer", ""), "key is longer than 5"),
            (attribute("k", String(repeating: "v", count: 51)), "value is longer than 50"),
            (exemplar + exemplar, "more than 1 exemplars"), (deep, "deeper than 2"),
        ]
        for (fields, reason) in cases {
            let body = MetricsRequest.metric(Request.field(5, Request.field(1, MetricsRequest.one + fields)))
            let outcome = try MetricsRequest.decode(body, limits: limits)
            #expect(outcome.rejected == 1 && outcome.firstRejection?.contains(reason) == true, "\(reason)")
        }
        let buckets = Request.field(1, MetricsRequest.packed(6, [0, 0, 0]) + MetricsRequest.packed(7, [1, 2]))
        let histogram = try MetricsRequest.decode(
            MetricsRequest.metric(Request.field(9, buckets + [0x10, 1])), limits: limits)
        #expect(histogram.firstRejection?.contains("more than 2 buckets") == true)
        let point = Request.field(1, MetricsRequest.one)
        let four = MetricsRequest.metric(Request.field(5, point + point + point + point))
        #expect(MetricsRequest.refusal(four, limits: limits)?.reason.contains("more than 3 data points") == true)
        let large = MetricsRequest.metric(Request.field(12, Request.field(1, [UInt8](repeating: 0x61, count: 3900))))
        #expect(MetricsRequest.refusal(large + large, limits: limits)?.code == .limitExceeded)
        let resource = Request.field(1, Request.field(1, Request.field(1, Request.keyValue("longer", ""))))
        #expect(MetricsRequest.refusal(resource, limits: limits)?.code == .limitExceeded)
        // Many small things in few bytes: what they take in memory is what counts.
        let attributes = (0..<300).flatMap { _ in Request.field(12, []) }
        let refusal = MetricsRequest.refusal(MetricsRequest.metric(attributes), limits: limits)
        #expect(refusal?.reason.contains("8000 bytes in memory") == true)
    }
}
