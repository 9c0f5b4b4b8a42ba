/// The member names of Zipkin's v2 JSON. A case is named as the member is.
///
/// Source: https://github.com/openzipkin/zipkin-api zipkin2-api.yaml.
enum ZipkinName: UInt8, CaseIterable {
    case traceId = 1
    case id, parentId, kind, name, timestamp, duration, localEndpoint, remoteEndpoint, annotations, tags, debug, shared
    case serviceName, ipv4, ipv6, port
    case value

    static let table = JSONNames(allCases.map { ("\($0)", $0.rawValue) })
}
