extension RouteMatch {
    static let maximumMethods = 16
    static let maximumHeaders = 16

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        let host = try reader.text("host", maximumBytes: 255)
        let hostSuffix = try reader.text("hostSuffix", maximumBytes: 255)
        guard host == nil || hostSuffix == nil else { throw reader.error("hostSuffix", "host is set already") }
        let path = try reader.text("path", maximumBytes: 2_048)
        let pathPrefix = try reader.text("pathPrefix", maximumBytes: 2_048)
        let pathTemplate = try reader.text("pathTemplate", maximumBytes: 2_048)
        guard path == nil || pathPrefix == nil else { throw reader.error("pathPrefix", "path is set already") }
        guard pathTemplate == nil || path == nil && pathPrefix == nil else {
            throw reader.error("pathTemplate", "\(path == nil ? "pathPrefix" : "path") is set already")
        }
        for (key, text) in [("path", path), ("pathPrefix", pathPrefix), ("pathTemplate", pathTemplate)] {
            if let text, !text.hasPrefix("/") { throw reader.error(key, "\"\(text)\" does not start with /") }
            if let text, text.contains("?") { throw reader.error(key, "a path has no query") }
        }
        let methods =
            try reader.list("methods", maximumCount: Self.maximumMethods) {
                (value, path) throws(ConfigurationError) -> String in
                let text = try ObjectReader.text(value, path: path, maximumBytes: 32)
                guard Token.isToken(text) else {
                    throw ConfigurationError(path: path, message: "\"\(text)\" is not an HTTP method")
                }
                return text
            } ?? []
        let headers =
            try reader.list("headers", maximumCount: Self.maximumHeaders) { (value, path) throws(ConfigurationError) in
                try ObjectReader.object(value, path: path) { (field) throws(ConfigurationError) in
                    Header(
                        name: try HeaderName.read(try field.required("name"), path: field.path(of: "name")),
                        value: try field.text("value"))
                }
            } ?? []
        let hostMatch: Host? = host.map(Host.exact) ?? hostSuffix.map(Host.suffix)
        var pathMatch: Path? = path.map(Path.exact) ?? pathPrefix.map(Path.prefix)
        if let pathTemplate {
            guard let template = PathTemplate(pathTemplate) else {
                throw reader.error(
                    "pathTemplate",
                    "\"\(pathTemplate)\" is not a path of at most \(PathTemplate.maximumSegments) segments, each a "
                        + "literal or a {name}")
            }
            pathMatch = .template(template)
        }
        self.init(host: hostMatch, path: pathMatch, methods: methods, headers: headers)
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        switch host {
        case .exact(let text): writer.add("host", text)
        case .suffix(let text): writer.add("hostSuffix", text)
        case nil: break
        }
        switch path {
        case .exact(let text): writer.add("path", text)
        case .prefix(let text): writer.add("pathPrefix", text)
        case .template(let template): writer.add("pathTemplate", template.text)
        case nil: break
        }
        writer.add("methods", methods.map(JSONValue.string))
        writer.add(
            "headers",
            headers.map { header in
                var field = ObjectWriter()
                field.add("name", header.name)
                field.add("value", header.value)
                return field.value
            })
        return writer.value
    }
}
