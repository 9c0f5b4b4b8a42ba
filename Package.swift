// swift-tools-version: 6.2
import PackageDescription

// One entry per room; what each may import is the product's architecture, so an arrow added here is a decision.

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

let core: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let posix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let http1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let http2: Target.Dependency = .product(name: "NIOHTTP2", package: "swift-nio-http2")
let hpack: Target.Dependency = .product(name: "NIOHPACK", package: "swift-nio-http2")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let embedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let ssl: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let x509: Target.Dependency = .product(name: "X509", package: "swift-certificates")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

func room(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// What tests of several rooms share.
let support: Target.Dependency = "TestSupport"

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

let package = Package(
    name: "waybill",
    products: [
        .executable(name: "waybill", targets: ["CLI"]),
        .executable(name: "waybill-proxy", targets: ["waybill-proxy"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        room("Telemetry", []),
        room("Files", []),
        room("Transport", [core, posix, http1, http2, hpack, nioTLS, ssl]),
        room("Wire", ["Telemetry", "Files", "CLZ4", "CZlib", core, posix]),
        room("Interop", ["Telemetry"]),
        room("Storage", ["Telemetry", "Files", "CLZ4", "CZlib", crypto]),
        room("Exposition", ["Telemetry"]),
        room("TraceQL", ["Telemetry"]),
        room(
            "Collector",
            [
                "Telemetry", "Files", "Transport", "Wire", "Interop", "Storage", "Exposition", "TraceQL", "CZlib",
                core, posix, http1, ssl, logging,
            ]),
        room("Mesh", ["Telemetry"]),
        room("Privacy", ["Telemetry"]),
        room(
            "Proxy",
            [
                "Telemetry", "Files", "Mesh", "Privacy", "Transport", "Wire", "Interop", "Exposition", "CZlib",
                core, posix, http1, nioTLS, ssl, logging,
            ]),
        room("Workload", ["Telemetry"]),
        .executableTarget(
            name: "CLI",
            dependencies: [
                "Telemetry", "Files", "Transport", "Wire", "Interop", "Storage", "Exposition", "TraceQL", "Collector",
                "Mesh", "Workload", "CMalloc", arguments, crypto, x509, core, posix, http1, ssl, logging,
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "waybill-proxy", dependencies: ["Proxy", "Mesh", core, logging], swiftSettings: strict),

        tests("TelemetryTests", ["Telemetry"]),
        tests("JourneyTests", ["Telemetry", "CLI"]),
        tests("DemoTests", ["CLI", "Mesh", "Telemetry", "Transport"]),
        tests("FilesTests", ["Files"]),
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
        tests(
            "TransportTests",
            ["Transport", support, core, posix, http1, http2, hpack, nioTLS, embedded, ssl, crypto, x509]),
        tests("WireTests", ["Wire", "Telemetry", "Files", support, core, posix, embedded]),
        tests(
            "InteropTests", ["Interop", "Telemetry", "Workload", support],
            exclude: ["otlp_reference.py", "Readers/readers_reference.py"]),
        tests("TraceQLTests", ["TraceQL", "Telemetry", "Collector", "Storage", "Files", "CLI", support]),
        tests("ExpositionTests", ["Exposition", "Telemetry", support], exclude: ["exposition_reference.py"]),
        tests("StorageTests", ["Storage", "Telemetry", "Files", "CSQLite", "CZlib", crypto]),
        tests("StoreCommandTests", ["CLI", "Storage", "Telemetry", "Files"]),
        tests("MeshTests", ["Mesh", "Telemetry", support], exclude: ["Schema/config_schema_reference.py"]),
        tests("PrivacyTests", ["Privacy"]),
        tests(
            "ProxyTests",
            [
                "Proxy", "Mesh", "Wire", "Telemetry", "Files", "Transport", "Interop", "Exposition", "CZlib",
                support, core, posix, http1, hpack, nioTLS, embedded, ssl, logging,
            ]),
        tests(
            "IntegrationTests", ["Telemetry", "Interop", "Mesh", "Transport", support, core, posix, http1, http2],
            exclude: ["Python"]),
        tests(
            "CollectorTests",
            [
                "Collector", "Exposition", "Interop", "Storage", "Telemetry", "Transport", "Wire", "Files", "CZlib",
                support, core, posix, logging,
            ]),
    ],
    swiftLanguageModes: [.v6]
)
