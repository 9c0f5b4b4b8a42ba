import Foundation
import Interop

/// The result of a load.
struct LoadReport {
    var totals: LoadMeter.Totals
    var wallSeconds: Double
    var ownCPUSeconds: Double
    var collectorCPUSeconds: Double?
    var seed: UInt64
    var doorName: String

    var unacknowledgedSpans: Int { totals.sentSpans - totals.acknowledgedSpans - totals.refusedSpans }

    private var bytesPerSpan: Double {
        totals.sentSpans == 0 ? 0 : Double(totals.bytesOnWire) / Double(totals.sentSpans)
    }

    private var rate: Double { wallSeconds > 0 ? Double(totals.acknowledgedSpans) / wallSeconds : 0 }

    private func perMillion(_ seconds: Double) -> Double {
        totals.acknowledgedSpans == 0 ? 0 : seconds / Double(totals.acknowledgedSpans) * 1e6
    }

    func json() -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        func integer(_ name: String, _ value: Int) {
            json.key(name)
            json.number(Int64(value))
        }
        func number(_ name: String, _ value: Double) {
            json.key(name)
            json.number(value)
        }
        json.key("through")
        json.string(doorName)
        json.key("seed")
        json.number(seed)
        integer("spansSent", totals.sentSpans)
        integer("spansAcknowledged", totals.acknowledgedSpans)
        integer("spansRefused", totals.refusedSpans)
        integer("spansUnacknowledged", unacknowledgedSpans)
        integer("batchesSent", totals.sentBatches)
        integer("batchesAcknowledged", totals.acknowledgedBatches)
        integer("retries", totals.retries)
        integer("bytesOnWire", Int(totals.bytesOnWire))
        number("bytesPerSpan", bytesPerSpan)
        number("wallSeconds", wallSeconds)
        number("spansPerSecond", rate)
        number("ownCPUSeconds", ownCPUSeconds)
        if let collector = collectorCPUSeconds {
            number("collectorCPUSeconds", collector)
            number("collectorCPUSecondsPerMillionSpans", perMillion(collector))
            number("spansPerCollectorCPUSecond", collector > 0 ? Double(totals.acknowledgedSpans) / collector : 0)
        }
        json.key("acknowledgementMicroseconds")
        json.beginObject()
        integer("p50", Int(totals.latencies.quantile(0.5)))
        integer("p99", Int(totals.latencies.quantile(0.99)))
        integer("max", Int(totals.latencies.maximumMicroseconds))
        json.endObject()
        for (name, text) in [("firstRefusal", totals.firstRefusal), ("lastProblem", totals.lastProblem)]
        where !text.isEmpty {
            json.key(name)
            json.string(text)
        }
        json.endObject()
        return json.finish() + [0x0A]
    }

    func text() -> String {
        func decimals(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
        func milliseconds(_ microseconds: UInt64) -> String { decimals(Double(microseconds) / 1000, 2) + " ms" }
        var rows: [(String, String)] = [
            ("through", doorName),
            ("spans sent", "\(totals.sentSpans) in \(totals.sentBatches) batches (seed \(seed))"),
            ("spans acknowledged", "\(totals.acknowledgedSpans) (\(decimals(rate, 0)) a second)"),
            ("spans refused", "\(totals.refusedSpans)"),
            ("spans unacknowledged", "\(unacknowledgedSpans)"),
            ("bytes on the wire", "\(totals.bytesOnWire) (\(decimals(bytesPerSpan, 1)) a span)"),
            (
                "acknowledged after",
                "p50 \(milliseconds(totals.latencies.quantile(0.5))), p99 \(milliseconds(totals.latencies.quantile(0.99)))"
                    + ", max \(milliseconds(totals.latencies.maximumMicroseconds))"
            ),
            (
                "own CPU",
                "\(decimals(ownCPUSeconds, 2)) s (\(decimals(perMillion(ownCPUSeconds), 2)) s a million spans)"
            ),
        ]
        if let collector = collectorCPUSeconds {
            rows.append(
                (
                    "collector's CPU",
                    "\(decimals(collector, 2)) s (\(decimals(perMillion(collector), 2)) s a million spans)"
                ))
        }
        if totals.retries > 0 { rows.append(("sent again or waited", "\(totals.retries) times")) }
        if !totals.firstRefusal.isEmpty { rows.append(("first refusal", totals.firstRefusal)) }
        if !totals.lastProblem.isEmpty { rows.append(("last problem", totals.lastProblem)) }
        return rows.map { $0.0.padding(toLength: 22, withPad: " ", startingAt: 0) + TerminalText.clean($0.1) + "\n" }
            .joined()
    }
}
