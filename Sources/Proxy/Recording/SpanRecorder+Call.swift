import Mesh
import NIOCore
import Telemetry
import Transport

/// What OpenTelemetry's semantic conventions for gRPC want on a span.
extension SpanRecorder {
    func addCall(_ exchange: Exchange, _ code: GRPCCode, to builder: inout BatchBuilder) {
        builder.add(.rpcSystem, "grpc")
        let identifiers = exchange.transactions.identifiers
        withNames(of: exchange) { service, method in
            let masked = (
                masking.mask(service, keeping: identifiers, as: "rpc.service"),
                masking.mask(method, keeping: identifiers, as: "rpc.method")
            )
            builder.add(.rpcService, masked.0.map { builder.intern($0) } ?? builder.intern(service))
            builder.add(.rpcMethod, masked.1.map { builder.intern($0) } ?? builder.intern(method))
        }
        builder.add(.rpcCode, Int(code.rawValue))
    }

    /// `{service}/{method}`; `nil` for what is no call, and for methods that nobody knows: a caller could name any.
    func callName(of exchange: Exchange, in builder: inout BatchBuilder) -> StringRef? {
        guard exchange.call != nil, exchange.route != nil, exchange.code != .unimplemented else { return nil }
        let identifiers = exchange.transactions.identifiers
        var name: StringRef?
        withNames(of: exchange) { service, method in
            scratch.removeAll(keepingCapacity: true)
            scratch.append(contentsOf: service)
            scratch.append(0x2F)
            scratch.append(contentsOf: method)
            let masked = scratch.withUnsafeBytes { masking.mask($0, keeping: identifiers, as: "name") }
            name = builder.intern(masked ?? scratch)
        }
        return name
    }

    private func withNames(
        of exchange: Exchange, _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void
    ) {
        let head = exchange.downstream.head
        head.fields.withBytes(head.targetRange) { target in
            let path = UnsafeRawBufferPointer(rebasing: target.prefix { $0 != 0x3F })
            guard let names = GRPCMethodPath.names(path) else { return }
            body(
                UnsafeRawBufferPointer(rebasing: path[names.service]),
                UnsafeRawBufferPointer(rebasing: path[names.method]))
        }
    }
}
