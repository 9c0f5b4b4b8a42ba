/// One rule: everything that is set must hold, and of each list one element.
public struct AuthorizationRule: Sendable, Hashable {
    public enum Action: String, Sendable, Hashable, CaseIterable {
        case allow
        case deny
    }

    /// On spans, in the access log and in metrics.
    public var name: String
    public var action: Action
    /// Any caller, known or not, when empty.
    public var principals: [PrincipalPattern]
    /// Callers that the rule leaves alone although `principals` takes them.
    public var notPrincipals: [PrincipalPattern]
    /// Any when empty.
    public var methods: [String]
    /// Any when empty.
    public var paths: [PathPattern]
    /// For services that take `/Admin` for `/admin`.
    public var ignoreCase = false
    /// All of them must be there.
    public var headers: [RouteMatch.Header]
    /// Of the listener, or of where an intercepted connection wanted to go; any when empty.
    public var ports: [Int]
    /// That a TLS client asks for, a leading `*.` standing for one or more labels; any, none included, when empty. Only
    /// where TLS is passed through.
    public var serverNames: [String]

    public init(
        name: String, action: Action = .allow, principals: [PrincipalPattern] = [],
        notPrincipals: [PrincipalPattern] = [], methods: [String] = [], paths: [PathPattern] = [],
        headers: [RouteMatch.Header] = [], ports: [Int] = [], serverNames: [String] = []
    ) {
        self.name = name
        self.action = action
        self.principals = principals
        self.notPrincipals = notPrincipals
        self.methods = methods
        self.paths = paths
        self.headers = headers
        self.ports = ports
        self.serverNames = serverNames
    }

    static let maximumPrincipals = 1_024
    static let maximumPaths = 256
    static let maximumPorts = 64

    init(_ reader: inout ObjectReader, of subject: AuthorizationSubject) throws(ConfigurationError) {
        self.init(name: try reader.requiredText("name", maximumBytes: 128))
        guard let action = try reader.choice("action", Action.self) else { throw reader.error("action", "missing") }
        self.action = action
        principals =
            try reader.list("principals", maximumCount: Self.maximumPrincipals, PrincipalPattern.read) ?? []
        notPrincipals =
            try reader.list("notPrincipals", maximumCount: Self.maximumPrincipals, PrincipalPattern.read) ?? []
        switch subject {
        case .requests: try readRequest(&reader)
        case .connections(let readsServerName):
            guard readsServerName else { break }
            serverNames =
                try reader.list(
                    "serverNames", maximumCount: StreamRoute.maximumServerNames, ServerName.readPattern) ?? []
        }
        ports =
            try reader.list("ports", maximumCount: Self.maximumPorts) { (value, path) throws(ConfigurationError) in
                guard case .integer(let number) = value, 1...65_535 ~= number else {
                    throw ConfigurationError(path: path, message: "expected a port from 1 to 65535")
                }
                return Int(number)
            } ?? []
    }

    private mutating func readRequest(_ reader: inout ObjectReader) throws(ConfigurationError) {
        methods =
            try reader.list("methods", maximumCount: RouteMatch.maximumMethods) {
                (value, path) throws(ConfigurationError) -> String in
                let text = try ObjectReader.text(value, path: path, maximumBytes: 32)
                guard Token.isToken(text) else {
                    throw ConfigurationError(path: path, message: "\"\(text)\" is not an HTTP method")
                }
                return text
            } ?? []
        paths = try reader.list("paths", maximumCount: Self.maximumPaths, PathPattern.read) ?? []
        ignoreCase = try reader.flag("ignoreCase") ?? ignoreCase
        guard !ignoreCase || !paths.isEmpty else { throw reader.error("ignoreCase", "is for rules with paths") }
        headers =
            try reader.list("headers", maximumCount: RouteMatch.maximumHeaders) {
                (value, path) throws(ConfigurationError) in
                try ObjectReader.object(value, path: path) { (field) throws(ConfigurationError) in
                    RouteMatch.Header(
                        name: try HeaderName.read(try field.required("name"), path: field.path(of: "name")),
                        value: try field.text("value"))
                }
            } ?? []
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("name", name)
        writer.add("action", action.rawValue)
        writer.add("principals", principals.map { .string($0.text) })
        writer.add("notPrincipals", notPrincipals.map { .string($0.text) })
        writer.add("methods", methods.map(JSONValue.string))
        writer.add("paths", paths.map { .string($0.text) })
        if ignoreCase { writer.add("ignoreCase", true) }
        writer.add(
            "headers",
            headers.map { header in
                var field = ObjectWriter()
                field.add("name", header.name)
                field.add("value", header.value)
                return field.value
            })
        writer.add("ports", ports.map { .integer(Int64($0)) })
        writer.add("serverNames", serverNames.map(JSONValue.string))
        return writer.value
    }

    /// Whether the rule speaks of this request.
    public func matches(_ request: AuthorizationRequest) -> Bool {
        if !ports.isEmpty, !ports.contains(request.port) { return false }
        if !methods.isEmpty, !methods.contains(where: { isMethod(request.method, $0) }) { return false }
        if !principals.isEmpty, !principals.contains(where: { $0.matches(request.principal) }) { return false }
        if notPrincipals.contains(where: { $0.matches(request.principal) }) { return false }
        if !serverNames.isEmpty {
            guard let name = request.serverName else { return false }
            if !serverNames.contains(where: { ServerName.matches(name, pattern: $0) }) { return false }
        }
        if !paths.isEmpty, !paths.contains(where: { $0.matches(request.path, ignoringCase: ignoreCase) }) {
            return false
        }
        for expected in headers {
            guard let value = request.header(expected.name) else { return false }
            if let text = expected.value, !says(value, text) { return false }
        }
        return true
    }

    /// Some services take `post` for `POST`: what is denied is denied in every spelling.
    private func isMethod(_ method: String, _ expected: String) -> Bool {
        method == expected || action == .deny && method.uppercased() == expected.uppercased()
    }

    /// A field that came several times holds several values: to allow, it must be the one; to deny, one is enough.
    private func says(_ value: String, _ expected: String) -> Bool {
        if value == expected { return true }
        guard action == .deny else { return false }
        return value.split(separator: ",").contains { part in
            let start = part.drop { $0 == " " || $0 == "\t" }
            let end = start.lastIndex { $0 != " " && $0 != "\t" } ?? start.startIndex
            return !start.isEmpty && start[...end] == expected
        }
    }
}
