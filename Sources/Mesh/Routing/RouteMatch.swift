/// What a request must look like to take a route. Everything that is set must hold; an empty match takes all.
public struct RouteMatch: Sendable, Hashable {
    public enum Host: Sendable, Hashable {
        /// The whole host, without port, compared without case.
        case exact(String)
        /// The host ends with this: `.payments.example` takes `api.payments.example`.
        case suffix(String)
    }

    public enum Path: Sendable, Hashable {
        /// The whole path, without the query, byte by byte.
        case exact(String)
        /// Whole segments: `/payments` takes `/payments` and `/payments/7`, not `/paymentsold`.
        case prefix(String)
        /// As many segments as the path: a literal, or `{name}` for one that may be anything but empty.
        case template(PathTemplate)

        /// What OpenTelemetry calls the route (`http.route`): of low cardinality.
        public var text: String {
            switch self {
            case .exact(let text), .prefix(let text): text
            case .template(let template): template.text
            }
        }

        /// - Parameter target: In origin form: path and query.
        func matches(_ target: String) -> Bool {
            let bytes = target.utf8
            switch self {
            case .exact(let text):
                guard bytes.starts(with: text.utf8) else { return false }
                let next = bytes.dropFirst(text.utf8.count).first
                return next == nil || next == UInt8(ascii: "?")
            case .prefix(let text):
                guard bytes.starts(with: text.utf8) else { return false }
                if text.utf8.last == UInt8(ascii: "/") { return true }
                let next = bytes.dropFirst(text.utf8.count).first
                return next == nil || next == UInt8(ascii: "/") || next == UInt8(ascii: "?")
            case .template(let template): return template.matches(target)
            }
        }
    }

    public struct Header: Sendable, Hashable {
        /// In lower case.
        public var name: String
        /// Any value when nil.
        public var value: String?

        public init(name: String, value: String? = nil) {
            self.name = name.lowercased()
            self.value = value
        }
    }

    public var host: Host?
    public var path: Path?
    /// Any when empty.
    public var methods: [String]
    public var headers: [Header]

    public init(host: Host? = nil, path: Path? = nil, methods: [String] = [], headers: [Header] = []) {
        switch host {
        case .exact(let text): self.host = .exact(text.lowercased())
        case .suffix(let text): self.host = .suffix(text.lowercased())
        case nil: self.host = nil
        }
        self.path = path
        self.methods = methods
        self.headers = headers
    }

    /// - Parameters:
    ///   - host: The `Host` field as sent, with or without a port.
    ///   - target: The request target in origin form: path and query.
    ///   - header: The first value of a field by its lower-case name.
    public func matches(
        method: String, host requestHost: String, target: String, header: (String) -> String?
    ) -> Bool {
        if !methods.isEmpty, !methods.contains(method) { return false }
        if let path, !path.matches(target) { return false }
        if let host, !Self.matches(host, requestHost) { return false }
        for expected in headers {
            guard let value = header(expected.name) else { return false }
            if let text = expected.value, text != value { return false }
        }
        return true
    }

    private static func matches(_ host: Host, _ requestHost: String) -> Bool {
        let name = Self.withoutPort(requestHost.utf8)
        switch host {
        case .exact(let text): return name.count == text.utf8.count && equalIgnoringCase(name, text.utf8)
        case .suffix(let text):
            return name.count >= text.utf8.count && equalIgnoringCase(name.suffix(text.utf8.count), text.utf8)
        }
    }

    private static func withoutPort(_ host: String.UTF8View) -> Substring.UTF8View {
        guard let colon = host.lastIndex(of: UInt8(ascii: ":")) else { return host[...] }
        // The colons of a bracketed IPv6 address are not the port's.
        if let bracket = host.lastIndex(of: UInt8(ascii: "]")), bracket > colon { return host[...] }
        return host[..<colon]
    }

    /// `lowered` is in lower case already.
    private static func equalIgnoringCase(_ name: some Sequence<UInt8>, _ lowered: String.UTF8View) -> Bool {
        zip(name, lowered).allSatisfy { byte, expected in
            (0x41...0x5A ~= byte ? byte | 0x20 : byte) == expected
        }
    }
}
