import Files
import Mesh
import NIOCore
import NIOSSL
import Transport
import Wire

/// The wire exporter that a configuration asks for.
enum ExporterSetup {
    static func make(
        _ telemetry: TelemetryDestination, configuration: ProxyConfiguration, credentials: CurrentCredentials,
        group: any EventLoopGroup
    ) throws -> Exporter {
        var settings = Exporter.Configuration(
            endpoints: telemetry.collectors.map { Exporter.Endpoint(host: $0.host, port: $0.port) },
            instance: ServiceResource.instance(configuration.service))
        settings.queueLimitBytes = telemetry.queueLimitBytes
        settings.spoolDirectory = telemetry.spoolDirectory
        settings.spoolLimitBytes = telemetry.spoolLimitBytes
        settings.compression = telemetry.compression
        if let expectation = telemetry.tls {
            guard credentials.value.client(nil) != nil else {
                throw ProxyError("telemetry.tls needs an identity with certificate, key and roots")
            }
            let rule = try Credentials.rule(for: expectation, identity: configuration.identity)
            settings.describeTLSFailure = { error in
                HandshakeFailure.clause(error).map { "the TLS handshake failed: \($0)" }
            }
            settings.makeTLSHandlers = {
                let credentials = credentials.value
                guard let context = credentials.client(nil) else { throw ProxyError("telemetry.tls needs an identity") }
                return try TLS.clientHandlers(context: context, verifying: rule, revoked: credentials.revoked)
            }
        }
        return try Exporter(configuration: settings, group: group, files: RealFileSystem())
    }
}
