import Telemetry

/// The attributes of the proxy's spans. Every batch interns them first and in this order, so that a key's reference is
/// its position and no span looks them up.
enum AttributeKey: UInt32, CaseIterable {
    case method = 1
    case originalMethod
    case path
    case scheme
    case route
    case status
    case serverAddress
    case serverPort
    case protocolVersion
    case errorType
    case resendCount
    case peerAddress
    case peerPort
    case waybillRoute
    case waybillCluster
    case waybillDirection
    case waybillPrincipal
    case waybillPeerPrincipal
    case waybillResponseFlags
    case waybillAttempt
    case waybillPolicyDecision
    case waybillPolicyRule
    case waybillPolicyRevision
    case waybillMasked
    case waybillPlaintext
    case waybillFault
    case rpcSystem
    case rpcService
    case rpcMethod
    case rpcCode
    case waybillTransactionMissed
    case waybillOriginalDestination
    case waybillTunnel
    case waybillTunnelReceived
    case waybillTunnelSent
    case waybillTunnelEndedBy
    case clientAddress
    case waybillAttemptUnprocessed

    var name: StaticString {
        switch self {
        case .method: "http.request.method"
        case .originalMethod: "http.request.method_original"
        case .path: "url.path"
        case .scheme: "url.scheme"
        case .route: "http.route"
        case .status: "http.response.status_code"
        case .serverAddress: "server.address"
        case .serverPort: "server.port"
        case .protocolVersion: "network.protocol.version"
        case .errorType: "error.type"
        case .resendCount: "http.request.resend_count"
        case .peerAddress: "network.peer.address"
        case .peerPort: "network.peer.port"
        case .waybillRoute: "waybill.route"
        case .waybillCluster: "waybill.cluster"
        case .waybillDirection: "waybill.direction"
        case .waybillPrincipal: "waybill.principal"
        case .waybillPeerPrincipal: "waybill.peer.principal"
        case .waybillResponseFlags: "waybill.response_flags"
        case .waybillAttempt: "waybill.attempt"
        case .waybillPolicyDecision: "waybill.policy.decision"
        case .waybillPolicyRule: "waybill.policy.rule"
        case .waybillPolicyRevision: "waybill.policy.revision"
        case .waybillMasked: "waybill.masked"
        case .waybillPlaintext: "waybill.plaintext"
        case .waybillFault: "waybill.fault"
        case .rpcSystem: "rpc.system"
        case .rpcService: "rpc.service"
        case .rpcMethod: "rpc.method"
        case .rpcCode: "rpc.grpc.status_code"
        case .waybillTransactionMissed: "waybill.transaction.missed"
        case .waybillOriginalDestination: "waybill.original_destination"
        case .waybillTunnel: "waybill.tunnel"
        case .waybillTunnelReceived: "waybill.tunnel.received_bytes"
        case .waybillTunnelSent: "waybill.tunnel.sent_bytes"
        case .waybillTunnelEndedBy: "waybill.tunnel.ended_by"
        case .clientAddress: "client.address"
        case .waybillAttemptUnprocessed: "waybill.attempt.unprocessed"
        }
    }

    var ref: StringRef { StringRef(rawValue) }
}
