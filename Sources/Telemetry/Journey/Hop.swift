/// One step of a journey: a request between two services, a message, or work inside one service.
///
/// A request joins the caller's client span and the callee's server span; either can be missing. Hops stand in
/// `Journey.hops` in pre-order, so that a tree of any depth is a flat list: a hop's children follow it, one deeper.
public struct Hop: Sendable, Hashable, Codable {
    public enum Form: String, Sendable, Hashable, Codable {
        /// A client span, a server span, or both.
        case request
        /// A producer span, a consumer span, or both.
        case message
        /// Work inside a service; the span stands in `callee`.
        case `internal`
        /// Nothing of it is stored: known only because stored spans name it as their parent.
        case missing
    }

    /// What put this hop where it stands.
    public enum Link: String, Sendable, Hashable, Codable {
        /// The parent span id, or there is no parent.
        case parent
        /// It lies in another trace, or its parent is not stored: placed under the one hop that carries the same
        /// transaction, belongs to its caller and contains it in time.
        case transaction
    }

    /// Position in `Journey.hops`.
    public var id: Int
    /// The `id` of the hop above; absent for the first of a leg.
    public var parent: Int?
    /// 0 for hops without a parent.
    public var depth: Int
    /// Index into `Journey.legs`.
    public var leg: Int
    public var form: Form
    public var linkedBy: Link
    public var traceID: String
    /// Who did the work: the callee, as far as it is known.
    public var service: String
    /// The callee's route or span name, as the callee calls it, else as the caller does.
    public var operation: String
    /// The client or producer span.
    public var caller: HopSpan?
    /// The server, consumer or internal span.
    public var callee: HopSpan?
    /// The caller's verified identity, from either side.
    public var callerPrincipal: String?
    /// The callee's verified identity, from either side.
    public var calleePrincipal: String?
    /// What the mesh's policy decided, where it decided.
    public var decision: String?
    /// The rule by which it did, `default` for none of them, and the revision of the rules.
    public var policyRule: String?
    public var policyRevision: String?
    /// 1 for the first attempt; absent where nobody counted.
    public var attempt: Int?
    /// The `id` of the hop that tried again after this one.
    public var retriedBy: Int?
    public var outcome: HopOutcome
    /// What the caller saw, else what the callee answered.
    public var httpStatus: Int?
    /// Of a gRPC call, whose HTTP status says little.
    public var grpcStatus: Int?
    /// The span status' message, or the kind of error.
    public var errorMessage: String?
    /// Envoy's short codes for what the proxy met: `UF`, `UT`, `URX` and so on.
    public var responseFlags: String?
    /// From the journey's start to the hop's first span.
    public var startOffsetNanoseconds: UInt64
    /// Of the caller's span, else the callee's; of a missing hop, from its first child's start to its last child's end.
    public var durationNanoseconds: UInt64
    /// By how much the callee's span starts before its caller's, or this hop before the one above it: the clocks
    /// differ. Times are as they were recorded. Absent when in order.
    public var startsEarlyNanoseconds: UInt64?
    /// Another span with the same ids and different content is stored.
    public var hasConflict: Bool
    /// The parent ids went in a circle, cut open here.
    public var cutsCycle: Bool
    /// The transactions that the hop's own spans name; none where it belongs through its trace.
    public var transactions: [TransactionKey]
}

/// How a hop, a leg or a journey ended.
public enum HopOutcome: String, Sendable, Hashable, Codable {
    case succeeded
    /// The callee refused the request (HTTP 4xx): a declined payment, not a breakdown.
    case refused
    /// An error status, or HTTP 5xx.
    case failed
    /// Nothing stored says.
    case unknown
}
