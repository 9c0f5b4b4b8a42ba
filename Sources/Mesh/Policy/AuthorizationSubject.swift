/// What a set of access rules is asked about, and so what its rules can speak of.
enum AuthorizationSubject {
    /// HTTP requests: methods, paths, headers.
    case requests
    /// Whole connections, of which no more is known than who makes them and where to; with TLS passed through, also the
    /// server name that the client asks for.
    case connections(readsServerName: Bool)
}
