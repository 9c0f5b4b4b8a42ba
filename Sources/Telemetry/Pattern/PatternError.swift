/// Why an expression is not one, in one sentence that names the place.
package struct PatternError: Error, Sendable, Hashable {
    package var message: String

    init(_ message: String) { self.message = message }
}
