import NIOHPACK

/// The header blocks of answers; those of successes are made once.
struct GRPCResponseHeaders {
    /// Before a response message.
    let response: HPACKHeaders
    /// After a response message.
    let success: HPACKHeaders = ["grpc-status": "0"]
    private let accepted: String

    init(encodings: [String]) {
        accepted = (encodings + ["identity"]).joined(separator: ",")
        response = [":status": "200", "content-type": "application/grpc", "grpc-accept-encoding": accepted]
    }

    /// A whole answer without a message ("Trailers-Only").
    func refused(_ status: GRPCStatus, httpStatus: Int = 200) -> HPACKHeaders {
        var headers: HPACKHeaders = [
            ":status": httpStatus == 200 ? "200" : String(httpStatus), "content-type": "application/grpc",
            "grpc-accept-encoding": accepted,
        ]
        status.add(to: &headers)
        return headers
    }
}
