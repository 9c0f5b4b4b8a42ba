import Mesh

/// What the checks of one endpoint add up to. An endpoint is taken to work until its checks say otherwise.
package struct HealthVerdict: Sendable {
    package private(set) var isHealthy = true
    /// Checks in a row that spoke against the verdict.
    private var against = 0

    package init() {}

    /// Counts a check; `true` when the verdict changed.
    package mutating func add(passed: Bool, _ settings: HealthCheck) -> Bool {
        guard passed != isHealthy else {
            against = 0
            return false
        }
        against += 1
        guard against >= (passed ? settings.healthyThreshold : settings.unhealthyThreshold) else { return false }
        isHealthy = passed
        against = 0
        return true
    }
}
