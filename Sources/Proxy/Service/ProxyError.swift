/// Why the proxy does not start: one sentence.
package struct ProxyError: Error, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}
