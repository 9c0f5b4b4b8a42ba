import Mesh

/// Ejects endpoints whose answers are worse than those of the others, and lets them back. One worker's own.
package struct OutlierDetector: Sendable {
    /// Why and for how long an endpoint gets no requests.
    package struct Ejection: Sendable, Equatable {
        package enum Cause: Sendable, Equatable {
            /// So many in a row.
            case failures(Int)
            /// Its success rate in the interval, and the mean of all that were compared, from 0 to 1.
            case successRate(Double, mean: Double)
        }

        package var cause: Cause
        package var milliseconds: Int

        package init(cause: Cause, milliseconds: Int) {
            self.cause = cause
            self.milliseconds = milliseconds
        }
    }

    private struct Record {
        var consecutive5xx = 0
        var consecutiveGateway = 0
        var successes = 0
        var requests = 0
        /// How often it was ejected, less the intervals it has been good since.
        var ejections = 0
        /// Zero while it is not.
        var ejectedUntil: UInt64 = 0
        var ejection: Ejection?
    }

    private let settings: OutlierDetection
    private var records: [Record]
    private var nextSweep: UInt64
    package private(set) var ejected = 0
    /// Why the last ejection was.
    package private(set) var ejections = (consecutive: 0, successRate: 0)

    package init(_ settings: OutlierDetection, endpoints: Int, now: UInt64) {
        self.settings = settings
        records = Array(repeating: Record(), count: endpoints)
        nextSweep = now.after(milliseconds: settings.intervalMilliseconds)
    }

    package func isEjected(_ endpoint: Int) -> Bool { records[endpoint].ejectedUntil > 0 }

    /// Of an endpoint that is ejected now.
    package func ejection(of endpoint: Int) -> Ejection? { records[endpoint].ejection }

    /// Counts an outcome; `true` when it got the endpoint ejected.
    package mutating func record(_ outcome: RequestOutcome, of endpoint: Int, now: UInt64) -> Bool {
        records[endpoint].requests += 1
        switch outcome {
        case .success:
            records[endpoint].successes += 1
            records[endpoint].consecutive5xx = 0
            records[endpoint].consecutiveGateway = 0
            return false
        case .serverError:
            records[endpoint].consecutive5xx += 1
            records[endpoint].consecutiveGateway = 0
        case .gatewayFailure:
            records[endpoint].consecutive5xx += 1
            records[endpoint].consecutiveGateway += 1
        }
        // Answers to what was sent before the ejection do not prolong it.
        guard !isEjected(endpoint) else { return false }
        let record = records[endpoint]
        let tooMany =
            settings.consecutive5xx > 0 && record.consecutive5xx >= settings.consecutive5xx
            || settings.consecutiveGatewayFailures > 0
                && record.consecutiveGateway >= settings.consecutiveGatewayFailures
        guard tooMany, eject(endpoint, .failures(record.consecutive5xx), now) else { return false }
        ejections.consecutive += 1
        return true
    }

    /// Lets back whose time is over and, once an interval, compares success rates.
    ///
    /// - Returns: The endpoints whose ejection began or ended.
    package mutating func sweep(now: UInt64) -> [Int] {
        var changed: [Int] = []
        for endpoint in records.indices where isEjected(endpoint) && now >= records[endpoint].ejectedUntil {
            records[endpoint].ejectedUntil = 0
            records[endpoint].ejection = nil
            records[endpoint].consecutive5xx = 0
            records[endpoint].consecutiveGateway = 0
            ejected -= 1
            changed.append(endpoint)
        }
        guard now >= nextSweep else { return changed }
        nextSweep = now.after(milliseconds: settings.intervalMilliseconds)
        let before = records.map(\.ejectedUntil)
        compareSuccessRates(now)
        for endpoint in records.indices {
            if before[endpoint] != records[endpoint].ejectedUntil {
                changed.append(endpoint)
            } else if !isEjected(endpoint), !changed.contains(endpoint), records[endpoint].ejections > 0 {
                records[endpoint].ejections -= 1
            }
            records[endpoint].successes = 0
            records[endpoint].requests = 0
        }
        return changed
    }

    private mutating func compareSuccessRates(_ now: UInt64) {
        guard settings.successRateMinimumHosts > 0 else { return }
        let judged = records.indices.filter {
            !isEjected($0) && records[$0].requests >= settings.successRateRequests
        }
        guard judged.count >= settings.successRateMinimumHosts else { return }
        let rates = judged.map { Double(records[$0].successes) / Double(records[$0].requests) }
        let mean = rates.reduce(0, +) / Double(rates.count)
        let variance = rates.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rates.count)
        let threshold =
            mean - variance.squareRoot() * Double(settings.successRateDeviationThousandths) / 1_000
        for (endpoint, rate) in zip(judged, rates).sorted(by: { $0.1 < $1.1 }) where rate < threshold {
            if eject(endpoint, .successRate(rate, mean: mean), now) { ejections.successRate += 1 }
        }
    }

    private mutating func eject(_ endpoint: Int, _ cause: Ejection.Cause, _ now: UInt64) -> Bool {
        let most = max(records.count > 1 ? 1 : 0, settings.maximumEjectionPercent.part(of: records.count))
        guard ejected < most else { return false }
        ejected += 1
        records[endpoint].ejections += 1
        let milliseconds = min(
            settings.baseEjectionMilliseconds * records[endpoint].ejections, settings.maximumEjectionMilliseconds)
        records[endpoint].ejectedUntil = now.after(milliseconds: milliseconds)
        records[endpoint].ejection = Ejection(cause: cause, milliseconds: milliseconds)
        return true
    }
}
