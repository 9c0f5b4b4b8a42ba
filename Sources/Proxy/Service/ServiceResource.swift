import Mesh
import Telemetry

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The service behind the proxy as an OpenTelemetry resource.
enum ServiceResource {
    static func make(_ service: ServiceDescription) -> Resource {
        var attributes = [Attribute("service.name", .string(service.name))]
        if let namespace = service.namespace { attributes.append(Attribute("service.namespace", .string(namespace))) }
        if let version = service.version { attributes.append(Attribute("service.version", .string(version))) }
        attributes.append(Attribute("service.instance.id", .string(instance(service))))
        attributes.append(Attribute("telemetry.sdk.name", .string("waybill")))
        attributes.append(Attribute("telemetry.sdk.language", .string("swift")))
        attributes.append(Attribute("telemetry.sdk.version", .string(ProxyVersion.text)))
        for entry in service.attributes { attributes.append(Attribute(entry.key, .string(entry.value))) }
        return Resource(attributes: attributes)
    }

    /// The configured name, else one of host and process.
    static func instance(_ service: ServiceDescription) -> String {
        if let instance = service.instance { return instance }
        var buffer = [CChar](repeating: 0, count: 256)
        let named = gethostname(&buffer, buffer.count - 1) == 0
        let host =
            named ? String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : "host"
        return "\(service.name)@\(host):\(getpid())"
    }
}
