import Mesh
import Proxy
import Testing

@Suite struct OutlierDetectorTests {
    static let second: UInt64 = 1_000_000_000

    @Test func fiveInARowEjectAndASuccessStartsAgain() {
        var detector = OutlierDetector(OutlierDetection(), endpoints: 10, now: 0)
        for _ in 0..<4 { #expect(detector.record(.serverError, of: 3, now: 1) == false) }
        #expect(detector.record(.success, of: 3, now: 1) == false)
        for _ in 0..<4 { #expect(detector.record(.serverError, of: 3, now: 1) == false) }
        #expect(detector.record(.serverError, of: 3, now: 1) == true)
        #expect(detector.isEjected(3) && detector.ejected == 1)
        // Late answers to earlier requests do not prolong it.
        #expect(detector.record(.gatewayFailure, of: 3, now: 2) == false)
    }

    @Test func gatewayFailuresHaveTheirOwnCount() {
        let settings = OutlierDetection(consecutive5xx: 0, consecutiveGatewayFailures: 2)
        var detector = OutlierDetector(settings, endpoints: 2, now: 0)
        for _ in 0..<20 { #expect(detector.record(.serverError, of: 0, now: 1) == false) }
        #expect(detector.record(.gatewayFailure, of: 0, now: 1) == false)
        #expect(detector.record(.serverError, of: 0, now: 1) == false)
        #expect(detector.record(.gatewayFailure, of: 0, now: 1) == false)
        #expect(detector.record(.gatewayFailure, of: 0, now: 1) == true)
    }

    @Test func noMoreThanTheShareIsEjectedButOneMayAlwaysBe() {
        func ejected(of count: Int, _ percent: Int) -> Int {
            let settings = OutlierDetection(consecutive5xx: 1, maximumEjectionPercent: Percentage(percent))
            var detector = OutlierDetector(settings, endpoints: count, now: 0)
            for endpoint in 0..<count { _ = detector.record(.serverError, of: endpoint, now: 1) }
            return detector.ejected
        }
        #expect(ejected(of: 1, 10) == 0)
        #expect(ejected(of: 2, 10) == 1)
        #expect(ejected(of: 30, 10) == 3)
        #expect(ejected(of: 4, 100) == 4)
    }

    @Test func eachEjectionLastsLongerUntilAGoodIntervalForgives() {
        let settings = OutlierDetection(
            consecutive5xx: 1, intervalMilliseconds: 1_000, baseEjectionMilliseconds: 2_000,
            maximumEjectionMilliseconds: 5_000)
        var detector = OutlierDetector(settings, endpoints: 2, now: 0)
        var now: UInt64 = 0
        for expected in [2, 4, 5, 5] {
            #expect(detector.record(.serverError, of: 0, now: now) == true)
            #expect(detector.sweep(now: now + UInt64(expected) * Self.second - 1) == [])
            now += UInt64(expected) * Self.second
            #expect(detector.sweep(now: now) == [0])
            #expect(!detector.isEjected(0))
        }
        // Four good intervals forgive four ejections.
        for _ in 0..<4 {
            now += Self.second
            _ = detector.sweep(now: now)
        }
        #expect(detector.record(.serverError, of: 0, now: now) == true)
        #expect(detector.sweep(now: now + 2 * Self.second) == [0])
    }

    @Test func aSuccessRateFarBelowTheOthersEjects() {
        let settings = OutlierDetection(consecutive5xx: 0, consecutiveGatewayFailures: 0)
        var detector = OutlierDetector(settings, endpoints: 10, now: 0)
        for endpoint in 0..<10 {
            for number in 0..<200 {
                let fails = endpoint == 6 ? number % 2 == 0 : number % 100 == 0
                #expect(detector.record(fails ? .serverError : .success, of: endpoint, now: 1) == false)
            }
        }
        #expect(detector.sweep(now: 5 * Self.second) == [])
        #expect(detector.sweep(now: 10 * Self.second) == [6])
        #expect(detector.ejections.successRate == 1)
    }

    @Test func equalRatesAndFewRequestsEjectNobody() {
        for requests in [99, 200] {
            let settings = OutlierDetection(consecutive5xx: 0, consecutiveGatewayFailures: 0)
            var detector = OutlierDetector(settings, endpoints: 10, now: 0)
            for endpoint in 0..<10 {
                for number in 0..<requests {
                    let fails = requests == 99 ? endpoint == 6 : number % 4 == 0
                    _ = detector.record(fails ? .serverError : .success, of: endpoint, now: 1)
                }
            }
            #expect(detector.sweep(now: 10 * Self.second) == [])
        }
    }

    @Test func checksMustAgreeBeforeAVerdictTurns() {
        let settings = HealthCheck(.tcp, unhealthyThreshold: 3, healthyThreshold: 2)
        var verdict = HealthVerdict()
        let checks = [false, false, true, false, false, false, true, false, true, true]
        #expect(
            checks.map { verdict.add(passed: $0, settings) }
                == [false, false, false, false, false, true, false, false, false, true])
        #expect(verdict.isHealthy)
    }
}
