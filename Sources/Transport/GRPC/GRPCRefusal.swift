/// A call refused for its headers. What is not gRPC at all is answered in HTTP's terms as well.
public struct GRPCRefusal: Error, Sendable, Hashable {
    public var httpStatus: Int
    public var status: GRPCStatus

    public init(httpStatus: Int = 200, _ code: GRPCCode, _ message: String) {
        self.httpStatus = httpStatus
        status = GRPCStatus(code, message)
    }
}
