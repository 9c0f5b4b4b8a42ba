import Telemetry

/// What is wrong with a spool's bytes, in one sentence, and what is known to be lost with them.
struct SpoolDamage: Error, Sendable {
    var sentence: String
    var loss: LossRecord?

    init(_ sentence: String, loss: LossRecord? = nil) {
        self.sentence = sentence
        self.loss = loss
    }
}
