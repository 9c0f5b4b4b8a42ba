import Telemetry

/// A fault put into the traffic of a route on purpose. Every request that it touches says so on its span
/// (`waybill.fault`), and it ends by itself.
public struct FaultRule: Sendable, Hashable {
    /// What happens to a request, besides being delayed or throttled.
    public enum Break: Sendable, Hashable {
        /// Answered with this status instead of being forwarded.
        case abort(status: Int)
        /// Its connection is reset.
        case reset
    }

    /// As it stands on spans.
    public var name: String
    /// Of the requests that match.
    public var percent: Percentage
    /// Only requests with this header.
    public var header: RouteMatch.Header?
    /// Only requests of this peer.
    public var principal: String?
    public var delayMilliseconds: Int
    /// Of the response's content; unlimited when zero.
    public var responseBytesPerSecond: Int
    public var breaks: Break?
    /// Nothing happens from then on.
    public var expires: Timestamp
    /// Of all requests of the route, whoever they come from.
    public var maximumSharePercent: Percentage

    public init(
        name: String, percent: Percentage = .all, header: RouteMatch.Header? = nil, principal: String? = nil,
        delayMilliseconds: Int = 0, responseBytesPerSecond: Int = 0, breaks: Break? = nil, expires: Timestamp,
        maximumSharePercent: Percentage = Percentage(10)
    ) {
        self.name = name
        self.percent = percent
        self.header = header
        self.principal = principal
        self.delayMilliseconds = delayMilliseconds
        self.responseBytesPerSecond = responseBytesPerSecond
        self.breaks = breaks
        self.expires = expires
        self.maximumSharePercent = maximumSharePercent
    }

    static let maximumRules = 16

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        let name = try reader.requiredText("name", maximumBytes: 128)
        let expires = try reader.requiredText("expires", maximumBytes: 64)
        guard let expiry = Timestamp(expires) else {
            throw reader.error("expires", "\"\(expires)\" is not a time like 2026-12-31T18:00:00Z")
        }
        self.init(name: name, expires: expiry)
        percent = try reader.percentage("percent") ?? percent
        header = try reader.object("header") { (field) throws(ConfigurationError) in
            RouteMatch.Header(
                name: try HeaderName.read(try field.required("name"), path: field.path(of: "name")),
                value: try field.text("value"))
        }
        if let principal = reader.value("principal") {
            self.principal = try SPIFFEText.read(principal, path: reader.path(of: "principal"))
        }
        delayMilliseconds = try reader.integer("delayMilliseconds", 0...600_000) ?? 0
        responseBytesPerSecond = try reader.integer("responseBytesPerSecond", 0...(1 << 40)) ?? 0
        if let status = try reader.integer("abortStatus", 400...599) { breaks = .abort(status: status) }
        if try reader.flag("reset") == true {
            guard breaks == nil else { throw reader.error("reset", "abortStatus is set already") }
            breaks = .reset
        }
        guard delayMilliseconds > 0 || responseBytesPerSecond > 0 || breaks != nil else {
            throw ConfigurationError(
                path: reader.path,
                message: "needs at least one of delayMilliseconds, responseBytesPerSecond, abortStatus, reset")
        }
        maximumSharePercent = try reader.percentage("maximumSharePercent") ?? maximumSharePercent
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("name", name)
        writer.add("expires", expires.description)
        writer.add("percent", percent.json)
        if let header {
            var field = ObjectWriter()
            field.add("name", header.name)
            field.add("value", header.value)
            writer.add("header", field.value)
        }
        writer.add("principal", principal)
        writer.add("delayMilliseconds", delayMilliseconds)
        writer.add("responseBytesPerSecond", responseBytesPerSecond)
        switch breaks {
        case .abort(let status): writer.add("abortStatus", status)
        case .reset: writer.add("reset", true)
        case nil: break
        }
        writer.add("maximumSharePercent", maximumSharePercent.json)
        return writer.value
    }
}
