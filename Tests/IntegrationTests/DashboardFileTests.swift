import Foundation
import Testing

/// The files of `Dashboards/` by themselves.
@Suite struct DashboardFileTests {
    @Test(arguments: DashboardFiles.dashboards)
    func everyPanelSaysWhatItShows(name: String) throws {
        let dashboard = try DashboardFiles.read(name)
        #expect(dashboard["uid"] as? String == "waybill-\(name)")
        #expect(dashboard["schemaVersion"] as? Int ?? 0 >= 41)
        let sources = try DashboardFiles.variables(dashboard).filter { $0["type"] as? String == "datasource" }
        let known = Set(sources.compactMap { $0["name"] as? String }.map { "${\($0)}" })
        #expect(known.contains("${DS_PROMETHEUS}"))
        var ids: Set<Int> = []
        var taken: [(title: String, x: Range<Int>, y: Range<Int>)] = []
        for panel in try DashboardFiles.panels(dashboard) {
            let title = try #require(panel["title"] as? String)
            #expect(ids.insert(try #require(panel["id"] as? Int)).inserted, "\(title): its id is another's")
            let place = try #require(panel["gridPos"] as? [String: Int])
            let (x, y) = (place["x"] ?? 0, place["y"] ?? 0)
            let area = (title: title, x: x..<x + (place["w"] ?? 0), y: y..<y + (place["h"] ?? 0))
            #expect(area.x.upperBound <= 24)
            for other in taken where other.x.overlaps(area.x) && other.y.overlaps(area.y) {
                Issue.record("\(title) lies over \(other.title)")
            }
            taken.append(area)
            if panel["type"] as? String == "row" { continue }
            #expect((panel["description"] as? String ?? "").hasSuffix("."), "\(title) says in a sentence what it shows")
            for target in try #require(panel["targets"] as? [[String: Any]]) {
                let source = try #require(target["datasource"] as? [String: String])
                #expect(known.contains(source["uid"] ?? ""), "\(title) asks \(source)")
            }
            let type = try #require(panel["type"] as? String)
            guard ["timeseries", "stat"].contains(type) else { continue }
            let defaults = (panel["fieldConfig"] as? [String: Any])?["defaults"] as? [String: Any]
            #expect(defaults?["unit"] is String, "\(title) has a unit")
        }
    }

    @Test(.enabled(if: RunningPrometheus.isInstalled)) func promtoolAgrees() async throws {
        let promtool = try #require(Programs.tool("promtool"))
        let check = try await ChildProcess.run(promtool, ["check", "rules"] + DashboardFiles.rules)
        #expect(check.status == 0, "\(check.output)\(check.errors)")
        let test = try await ChildProcess.run(promtool, ["test", "rules"] + DashboardFiles.ruleTests, within: 180)
        #expect(test.status == 0, "\(test.output)\(test.errors)")
    }

    @Test func theWordsOfAQuery() {
        let text = QueryText(
            #"histogram_quantile(0.99, sum by (le, route) (rate(a_bucket{job="x{y}",code=~"5xx|none"}[5m]))) / on (job) b:c > 0"#
        )
        #expect(
            text.selectors == [
                QueryText.Selector(metric: "a_bucket", labels: ["job", "code"]),
                QueryText.Selector(metric: "b:c", labels: []),
            ])
        #expect(text.groupingLabels == ["le", "route", "job"])
        #expect(text.mayBeEmpty)
        #expect(!QueryText("sum(rate(a[1m])) or vector(0)").mayBeEmpty)
        #expect(QueryText("delta(a[5m]) or (b unless b offset 15m)").selectors.map(\.metric).sorted() == ["a", "b"])
    }
}
