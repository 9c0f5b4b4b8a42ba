// swift-tools-version: 6.2
import PackageDescription

// The product's rooms are compiled here as targets of this package (Product is a link to ../Sources), because the
// codecs that are measured are `package` API: nobody outside has to keep to them.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
]

let package = Package(
    name: "waybill-benchmarks",
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    ],
    targets: [
        .systemLibrary(name: "CLZ4", path: "Product/CLZ4", pkgConfig: "liblz4"),
        .systemLibrary(name: "CZlib", path: "Product/CZlib", pkgConfig: "zlib"),
        .target(name: "Telemetry", path: "Product/Telemetry", swiftSettings: strict),
        .target(name: "Files", path: "Product/Files", swiftSettings: strict),
        .target(name: "TraceQL", dependencies: ["Telemetry"], path: "Product/TraceQL", swiftSettings: strict),
        .target(name: "Workload", dependencies: ["Telemetry"], path: "Product/Workload", swiftSettings: strict),
        .target(name: "Interop", dependencies: ["Telemetry"], path: "Product/Interop", swiftSettings: strict),
        .target(name: "Exposition", dependencies: ["Telemetry"], path: "Product/Exposition", swiftSettings: strict),
        .target(
            name: "Wire", dependencies: ["Telemetry", "Files", "CLZ4", "CZlib"] + nio,
            path: "Product/Wire",
            swiftSettings: strict),
        .target(
            name: "Storage",
            dependencies: [
                "Telemetry", "Files", "CLZ4", "CZlib", .product(name: "Crypto", package: "swift-crypto"),
            ],
            path: "Product/Storage", swiftSettings: strict),
        .executableTarget(
            name: "Microbenchmarks",
            dependencies: ["Telemetry", "Files", "Workload", "Interop", "Exposition", "TraceQL", "Wire", "Storage"],
            swiftSettings: strict),
        .executableTarget(
            name: "StoreBenchmark", dependencies: ["Telemetry", "Files", "Storage"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
