/// What makes an answer's body piece by piece while it is sent.
package protocol HTTPBodySource: Sendable {
    /// Makes more of the body, on a thread where it may take its time, until `body` wants no more for now or all is made;
    /// says which by `body.pause()`, `body.end(_:)` or `body.fail(_:)`. Called on an event loop or by `pause`, and not
    /// again before it has said so.
    func produce(into body: HTTPBody)
}
