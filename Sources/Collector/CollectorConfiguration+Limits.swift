import Exposition
import Interop
import Transport

extension CollectorConfiguration {
    /// What the collector takes at most. Every refusal names the limit it comes from, by the name it has here.
    public struct Limits: Sendable {
        /// An OTLP or Zipkin request as it arrives, compressed or not; over gRPC one message.
        public var requestBytes = 16 << 20
        /// A request after inflating.
        public var inflatedBytes = 32 << 20
        /// Spans of one request.
        public var requestSpans = 200_000
        /// Attributes of one span, event, link, resource or scope.
        public var spanAttributes = 1_024
        public var spanEvents = 4_096
        public var spanLinks = 4_096
        /// Bytes of an attribute's key.
        public var keyBytes = 4_096
        /// Bytes of one string, byte string, encoded array or map.
        public var valueBytes = 1 << 20
        /// Arrays and maps inside one another; 32 is the most that can be read back.
        public var nestingDepth = 32
        /// Data points of one metrics request.
        public var requestPoints = 200_000
        public var pointExemplars = 1_024
        /// Buckets of one histogram point, quantiles of one summary point.
        public var pointBuckets = 16_384
        /// What one metrics request may take in memory once it is read.
        public var metricBytes = 128 << 20
        /// Open connections of all listeners together; further ones are closed at once.
        public var connections = 4_096
        /// Calls on their way at once on one gRPC connection.
        public var streams = 256
        /// Request bodies of all connections together.
        public var requestBytesInFlight = 64 << 20
        /// Request bodies of one client: of the holder of a token, else of one address.
        public var clientBytesInFlight = 48 << 20
        /// Answers of all connections that their clients have not read yet, but for small ones.
        public var answerBytesInFlight = 256 << 20
        /// Decoded batches of all wire sessions that wait to be durable.
        public var wireBytesInFlight = 64 << 20
        /// What one wire session may have sent and not yet seen acknowledged.
        public var creditBytes = 2 << 20
        /// A request must be complete within this time.
        public var requestSeconds = 30
        /// Spans not yet sealed; beyond, senders are told to wait.
        public var liveBytes = 72 << 20
        public var sealAfterSpans = 131_072
        public var sealAfterSeconds = 300
        /// Series of metrics from spans, by (service, operation, kind, status); further ones are folded into `_overflow`.
        public var spanMetricSeries = 4_000
        /// Edges of the service graph; further ones are folded into `_overflow`.
        public var serviceGraphEdges = 2_000
        /// Client and server spans that wait for their other half, for the service graph.
        public var serviceGraphWaitingSpans = 32_768
        /// Series that OpenTelemetry's senders may report together; points of further ones are refused. Their states are
        /// written with every commit of the store.
        public var reportedSeries = 20_000
        /// A series that was not sent for so long is exposed no more.
        public var metricStaleSeconds = 300

        public init() {}

        var spanMetrics: SpanMetrics.Limits {
            var limits = SpanMetrics.Limits()
            limits.spanSeries = max(1, spanMetricSeries)
            limits.edges = max(1, serviceGraphEdges)
            limits.waitingSpans = max(1, serviceGraphWaitingSpans)
            return limits
        }

        /// The part that the OTLP/gRPC listener keeps to.
        var grpc: GRPCLimits {
            var limits = GRPCLimits()
            limits.maximumMessageBytes = requestBytes
            limits.messageLimitName = "requestBytes"
            limits.maximumStreams = streams
            limits.bodyTimeoutMilliseconds = requestSeconds * 1000
            limits.bodyTimeoutName = "requestSeconds"
            return limits
        }

        /// The part that decoders of metrics keep to.
        package var otlpMetrics: OTLPMetricsLimits {
            OTLPMetricsLimits(
                maximumBytes: inflatedBytes, maximumPoints: requestPoints, maximumMemoryBytes: metricBytes,
                maximumAttributes: spanAttributes, maximumExemplarsPerPoint: pointExemplars,
                maximumBuckets: pointBuckets, maximumKeyBytes: keyBytes, maximumValueBytes: valueBytes,
                maximumDepth: nestingDepth)
        }

        /// The part that decoders of spans keep to.
        package var otlp: OTLPLimits {
            OTLPLimits(
                maximumBytes: inflatedBytes, maximumSpans: requestSpans, maximumAttributes: spanAttributes,
                maximumEventsPerSpan: spanEvents, maximumLinksPerSpan: spanLinks, maximumKeyBytes: keyBytes,
                maximumValueBytes: valueBytes, maximumDepth: nestingDepth)
        }
    }
}
