import Foundation
import Testing

/// The files of `Dashboards/`, as Grafana and Prometheus read them.
enum DashboardFiles {
    static let directory = String(#filePath.split(separator: "/Tests/")[0]) + "/Dashboards"
    static let dashboards = ["payments", "mesh", "collector"]
    static let rules = ["recording-rules.yaml", "alerts.yaml"].map { directory + "/" + $0 }
    static let ruleTests = ["recording-rules.test.yaml", "alerts.test.yaml"].map { directory + "/" + $0 }

    /// One question that a dashboard asks.
    struct Question: CustomStringConvertible {
        var place: String
        var text: String
        var description: String { "\(place): \(text)" }
    }

    static func read(_ name: String) throws -> [String: Any] {
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(directory)/\(name).json"))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    static func panels(_ dashboard: [String: Any]) throws -> [[String: Any]] {
        try #require(dashboard["panels"] as? [[String: Any]])
    }

    static func variables(_ dashboard: [String: Any]) throws -> [[String: Any]] {
        try #require((dashboard["templating"] as? [String: Any])?["list"] as? [[String: Any]])
    }

    /// The PromQL of every panel and of every variable, with everything selected.
    static func metricQuestions(_ name: String) throws -> [Question] {
        let dashboard = try read(name)
        var questions: [Question] = []
        for variable in try variables(dashboard) {
            // label_values(series, label)
            guard let text = variable["definition"] as? String else { continue }
            let inside = try #require(text.wholeMatch(of: /label_values\((.*), (\w+)\)/), "\(text)")
            questions.append(
                Question(
                    place: "\(name), variable \(variable["name"] ?? "")",
                    text: "count by (\(inside.2)) (\(try selected(String(inside.1), dashboard)))"))
        }
        for panel in try panels(dashboard) {
            for target in panel["targets"] as? [[String: Any]] ?? [] {
                guard let text = target["expr"] as? String else { continue }
                questions.append(
                    Question(place: "\(name), \(panel["title"] ?? "")", text: try selected(text, dashboard)))
            }
        }
        return questions
    }

    /// The TraceQL of every panel.
    static func traceQuestions(_ name: String, transaction: String) throws -> [Question] {
        let dashboard = try read(name)
        return try panels(dashboard).flatMap { panel in
            try (panel["targets"] as? [[String: Any]] ?? []).compactMap { target in
                guard target["queryType"] as? String == "traceql", let text = target["query"] as? String else {
                    return nil
                }
                return Question(
                    place: "\(name), \(panel["title"] ?? "")",
                    text: try selected(text.replacing("$transaction", with: transaction), dashboard))
            }
        }
    }

    private static func selected(_ text: String, _ dashboard: [String: Any]) throws -> String {
        var text = text.replacing("$__rate_interval", with: "30s")
        for variable in try variables(dashboard) {
            let name = try #require(variable["name"] as? String)
            text = text.replacing("${\(name)}", with: ".*").replacing("$\(name)", with: ".*")
        }
        try #require(!text.contains("$"), "a variable that the dashboard does not define: \(text)")
        return text
    }
}
