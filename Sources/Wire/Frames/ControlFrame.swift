import Telemetry

/// The frames that open, steer and close a session. Bytes after the known fields are a newer minor version's and are
/// skipped.
package enum ControlFrame: Hashable, Sendable {
    case hello(SessionHello)
    case welcome(SessionGrant, SessionLimits)
    /// Ends the connection; `sequence` is the batch that caused it, zero when none did.
    case error(WireRefusal, sequence: UInt64)
    /// Everything of this session up to `sequence` is durable; `bytes` of credit come back.
    case acknowledge(sequence: UInt64, bytes: UInt64)
    case refuse(sequence: UInt64, WireRefusal)
    case ping(UInt64)
    case pong(UInt64)
    case close(lastSequence: UInt64)

    static let maximumInstanceBytes = 256
    static let maximumSentenceBytes = 1_024
    static let maximumStoreIDBytes = 64

    var type: FrameType {
        switch self {
        case .hello: .hello
        case .welcome: .welcome
        case .error: .error
        case .acknowledge: .acknowledge
        case .refuse: .refuse
        case .ping: .ping
        case .pong: .pong
        case .close: .close
        }
    }

    func write(into output: inout ByteSink) {
        switch self {
        case .hello(let hello):
            output.littleEndian(hello.incarnation)
            output.varint(hello.firstUnacknowledged)
            output.varint(hello.lastEpoch)
            output.varint(hello.capabilities.rawValue)
            output.string(hello.instance)
        case .welcome(let grant, let limits):
            output.varint(grant.storeID.count)
            output.bytes(grant.storeID)
            output.varint(grant.epoch)
            output.varint(grant.highestDurableSequence)
            output.varint(UInt64(clamping: grant.creditBytes))
            output.varint(limits.capabilities.rawValue)
            for limit in limits.numbers { output.varint(limit) }
        case .error(let refusal, let sequence):
            output.varint(sequence)
            ControlFrame.write(refusal, into: &output)
        case .acknowledge(let sequence, let bytes):
            output.varint(sequence)
            output.varint(bytes)
        case .refuse(let sequence, let refusal):
            output.varint(sequence)
            ControlFrame.write(refusal, into: &output)
        case .ping(let token), .pong(let token): output.littleEndian(token)
        case .close(let lastSequence): output.varint(lastSequence)
        }
    }

    private static func write(_ refusal: WireRefusal, into output: inout ByteSink) {
        output.byte(refusal.code.rawValue)
        output.byte(refusal.isRetryable ? 1 : 0)
        var sentence = refusal.message
        while sentence.utf8.count > maximumSentenceBytes { sentence.removeLast(max(1, sentence.count / 16)) }
        output.string(sentence)
    }

    /// `nil` for a type that is no control frame or not known.
    static func read(_ type: FrameType, _ cursor: inout ByteCursor) throws(WireError) -> ControlFrame? {
        switch type {
        case .hello: return .hello(try hello(&cursor))
        case .welcome:
            let length = try cursor.count("store id length", limit: maximumStoreIDBytes)
            let storeID = Array(try cursor.take(length, "store id"))
            let epoch = try cursor.varint("epoch")
            let highest = try sequence(&cursor, "highest durable sequence")
            let credit = try cursor.count("credit bytes", limit: 1 << 40)
            let capabilities = WireCapabilities(rawValue: try cursor.varint("capabilities"))
            let limits = try SessionLimits(&cursor, capabilities: capabilities)
            let grant = SessionGrant(
                storeID: storeID, epoch: epoch, highestDurableSequence: highest, creditBytes: credit)
            return .welcome(grant, limits)
        case .error:
            let sequence = try sequence(&cursor, "sequence")
            return .error(try refusal(&cursor), sequence: sequence)
        case .acknowledge:
            let sequence = try sequence(&cursor, "sequence")
            return .acknowledge(sequence: sequence, bytes: try cursor.varint("credit bytes"))
        case .refuse:
            let sequence = try sequence(&cursor, "sequence")
            return .refuse(sequence: sequence, try refusal(&cursor))
        case .ping: return .ping(try cursor.littleEndian(UInt64.self, "token"))
        case .pong: return .pong(try cursor.littleEndian(UInt64.self, "token"))
        case .close: return .close(lastSequence: try sequence(&cursor, "last sequence"))
        default: return nil
        }
    }

    /// No sequence is above 2^63 - 1: what keeps them may count on signed numbers.
    private static func sequence(
        _ cursor: inout ByteCursor, _ field: StaticString
    ) throws(WireError) -> UInt64 { UInt64(try cursor.count(field, limit: Int.max)) }

    private static func hello(_ cursor: inout ByteCursor) throws(WireError) -> SessionHello {
        let incarnation = try cursor.littleEndian(UInt64.self, "incarnation")
        guard incarnation != 0 else { throw cursor.failure("incarnation", "a number that is not zero") }
        let first = try sequence(&cursor, "first unacknowledged sequence")
        guard first > 0 else { throw cursor.failure("first unacknowledged sequence", "1 or more") }
        let epoch = try cursor.varint("last epoch")
        let capabilities = WireCapabilities(rawValue: try cursor.varint("capabilities"))
        let instance = try cursor.string("instance", limit: maximumInstanceBytes)
        guard !instance.isEmpty else { throw cursor.failure("instance", "one byte or more") }
        return SessionHello(
            instance: instance, incarnation: incarnation, firstUnacknowledged: first, lastEpoch: epoch,
            capabilities: capabilities)
    }

    private static func refusal(_ cursor: inout ByteCursor) throws(WireError) -> WireRefusal {
        let code = WireErrorCode(rawValue: try cursor.byte("error code"))
        let flags = try cursor.byte("error flags")
        let message = try cursor.string("error sentence", limit: maximumSentenceBytes)
        return WireRefusal(code: code, message: message, isRetryable: flags & 1 != 0)
    }
}

/// The limits that a receiver tells in WELCOME, so that an exporter never sends what would be refused.
package struct SessionLimits: Hashable, Sendable {
    var capabilities: WireCapabilities
    var numbers: [UInt64]

    package init(_ limits: WireLimits, capabilities: WireCapabilities = .supported) {
        self.capabilities = capabilities
        numbers = SessionLimits.fields.map { UInt64(limits[keyPath: $0]) }
    }

    init(_ cursor: inout ByteCursor, capabilities: WireCapabilities) throws(WireError) {
        self.capabilities = capabilities
        numbers = []
        for _ in SessionLimits.fields { numbers.append(try cursor.varint("session limit")) }
    }

    /// The lower of these and `own`, field by field.
    func bounded(by own: WireLimits) -> WireLimits {
        var limits = own
        for (field, number) in zip(SessionLimits.fields, numbers) {
            limits[keyPath: field] = min(limits[keyPath: field], Int(clamping: number))
        }
        return limits
    }

    /// In the order of the WELCOME frame.
    private static let fields: [WritableKeyPath<WireLimits, Int> & Sendable] = [
        \.maximumFrameBytes, \.maximumSpansPerBatch, \.maximumValuesPerBatch, \.maximumStringBytesPerBatch,
        \.maximumEventsPerBatch, \.maximumLinksPerBatch, \.maximumAttributes, \.maximumDictionaryStrings,
        \.maximumDictionaryBytes, \.maximumDictionaryShapes, \.maximumShapeFields, \.maximumMetricPoints,
        \.maximumHistogramBounds, \.maximumLabels, \.maximumLossRecords, \.maximumDecodedBytes,
    ]
}
