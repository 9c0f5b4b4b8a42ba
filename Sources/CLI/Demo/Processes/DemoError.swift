/// Why the demonstration cannot go on, as one sentence.
package struct DemoError: Error, CustomStringConvertible {
    package var description: String
    init(_ description: String) { self.description = description }
}
