import NIOCore

/// One unary call, from its headers to its trailers, as a machine: events in, what to do out. It knows no sockets.
public struct GRPCCall: ~Copyable {
    public enum Action: Sendable {
        case none
        /// The request is whole: have it answered.
        case serve(GRPCMessageReader.Message)
        /// Send the answer; the call is over. `resetsStream` when the client has not finished sending and need not.
        case finish(GRPCReply, resetsStream: Bool)
        /// Nobody is there to answer; the call is over.
        case abandon
    }

    private enum State {
        case receiving
        case serving
        case finished
    }

    private let limits: GRPCLimits
    private let isEncoded: Bool
    private var reader: GRPCMessageReader
    private var state = State.receiving

    /// - Parameter isEncoded: Whether the headers name an encoding for compressed messages.
    public init(limits: GRPCLimits, isEncoded: Bool) {
        self.limits = limits
        self.isEncoded = isEncoded
        reader = GRPCMessageReader(limit: limits.maximumMessageBytes)
    }

    public var isReceiving: Bool { state == .receiving }
    public var isFinished: Bool { state == .finished }

    /// A DATA frame, or trailers of the client with no bytes.
    public mutating func received(_ piece: ByteBuffer, endsStream: Bool) -> Action {
        guard state == .receiving else { return .none }
        do throws(GRPCMessageReader.Fault) {
            try reader.receive(piece)
        } catch {
            return fail(status(error), clientHasEnded: endsStream)
        }
        guard endsStream else { return .none }
        guard let message = reader.message else {
            return fail(
                reader.isBetweenMessages
                    ? GRPCStatus(.unimplemented, "The call ended without a message; a unary call has exactly one.")
                    : GRPCStatus(.internal, "The call ended inside a message."), clientHasEnded: true)
        }
        if message.isCompressed, !isEncoded {
            return fail(
                GRPCStatus(.internal, "A compressed message needs a grpc-encoding other than identity."),
                clientHasEnded: true)
        }
        state = .serving
        return .serve(message)
    }

    /// Ends a call whose message is not whole, such as for want of memory.
    public mutating func refuse(_ status: GRPCStatus) -> Action {
        guard state == .receiving else { return .none }
        return fail(status, clientHasEnded: false)
    }

    /// The message took too long to arrive.
    public mutating func bodyTimedOut() -> Action {
        refuse(
            GRPCStatus(
                .deadlineExceeded,
                "The message was not complete after \(limits.bodyTimeoutMilliseconds) ms "
                    + "(limit \(limits.bodyTimeoutName))."))
    }

    /// The client's `grpc-timeout` has passed.
    public mutating func deadlinePassed() -> Action {
        guard state != .finished else { return .none }
        let clientHasEnded = state == .serving
        return fail(
            GRPCStatus(.deadlineExceeded, "The call's deadline passed before it was answered."),
            clientHasEnded: clientHasEnded)
    }

    /// The service has answered.
    public mutating func answered(_ reply: GRPCReply) -> Action {
        guard state == .serving else { return .none }
        state = .finished
        return .finish(reply, resetsStream: false)
    }

    /// The stream was reset, or its connection is gone.
    public mutating func closed() -> Action {
        guard state != .finished else { return .none }
        state = .finished
        return .abandon
    }

    private mutating func fail(_ status: GRPCStatus, clientHasEnded: Bool) -> Action {
        state = .finished
        return .finish(.status(status), resetsStream: !clientHasEnded)
    }

    private func status(_ fault: GRPCMessageReader.Fault) -> GRPCStatus {
        switch fault {
        case .flag(let byte):
            GRPCStatus(.internal, "A message starts with the flag \(byte); it must be 0 or 1.")
        case .tooLarge(let length):
            GRPCStatus(
                .resourceExhausted,
                "The message has \(length) bytes, more than the limit of \(limits.maximumMessageBytes) "
                    + "(limit \(limits.messageLimitName)); send less at once.")
        case .moreThanOne: GRPCStatus(.unimplemented, "A unary call takes exactly one message.")
        }
    }
}
