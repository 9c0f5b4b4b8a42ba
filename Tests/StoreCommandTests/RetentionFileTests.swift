import CLI
import Storage
import Testing

@Suite struct RetentionFileTests {
    @Test func everySettingIsRead() throws {
        let file = try #require(
            try RetentionFile.read(
                yaml: """
                    retention:
                      maximumBytes: 500GiB
                      default: { keep: 90d }
                      classes:
                        payments: { keep: 7y, when: [ { attribute: payment.uetr } ] }
                        health:
                          keep: 3d
                          when:
                            - { attribute: http.route, equals: /healthz }
                            - { name: "GET /healthz", service: pay }
                        audit: { keep: none, when: [ { attribute: audit, scope: resource, equals: true } ] }
                        slow: { keep: 2w, when: [ { attribute: tries, equals: 3 }, { attribute: code, equals: "3" } ] }
                    """))
        #expect(file.maximumBytes == 500 << 30)
        #expect(file.rules.defaultKeepDays == 90)
        #expect(file.rules.rules.map(\.name) == ["payments", "health", "audit", "slow"])
        #expect(file.rules.rules.map(\.keepDays) == [2557, 3, nil, 14])
        #expect(
            file.rules.rules.map(\.when) == [
                .exists(.attribute(.any, key: "payment.uetr")),
                .or([
                    .compare(.attribute(.any, key: "http.route"), .equal, .string("/healthz")),
                    .and([.compare(.name, .equal, .string("GET /healthz")), .compare(.service, .equal, .string("pay"))]
                    ),
                ]), .compare(.attribute(.resource, key: "audit"), .equal, .bool(true)),
                .or([
                    .compare(.attribute(.any, key: "tries"), .equal, .int(3)),
                    .compare(.attribute(.any, key: "code"), .equal, .string("3")),
                ]),
            ])
        #expect(try RetentionFile.read(yaml: "data: /d") == nil)
    }

    @Test(arguments: [
        ("maximumBytes: 5 apples", "retention.maximumBytes"), ("maximumBytes: 0", "retention.maximumBytes"),
        ("maximumBytes: 99999999999TiB", "retention.maximumBytes"), ("default: 90d", "retention.default"),
        ("default: { keep: 90 }", "retention.default.keep"), ("default: { keep: 0d }", "retention.default.keep"),
        ("default: { keep: 200y }", "retention.default.keep"), ("default: {}", "retention.default.keep"),
        ("forever: true", "retention.forever"), ("classes: [ a ]", "retention.classes"),
        ("classes: { 'a b': { keep: 1d, when: [ { name: x } ] } }", "retention.classes.a b"),
        ("classes: { standard: { keep: 1d, when: [ { name: x } ] } }", "retention.classes.standard"),
        ("classes: { a: { when: [ { name: x } ] } }", "retention.classes.a.keep"),
        ("classes: { a: { keep: 1d } }", "retention.classes.a.when"),
        ("classes: { a: { keep: 1d, when: [] } }", "retention.classes.a.when"),
        ("classes: { a: { keep: 1d, when: [ {} ] } }", "retention.classes.a.when[0]"),
        ("classes: { a: { keep: 1d, when: [ { name: x }, { equals: 1 } ] } }", "retention.classes.a.when[1].equals"),
        (
            "classes: { a: { keep: 1d, when: [ { attribute: b, scope: moon } ] } }",
            "retention.classes.a.when[0].scope"
        ),
        ("classes: { a: { keep: 1d, when: [ { attribute: b, matches: '(' } ] } }", "retention.classes.a.when[0]"),
        (
            "classes: { a: { keep: 1d, when: [ { attribute: b, equals: 1, prefix: c } ] } }",
            "retention.classes.a.when[0]"
        ),
    ])
    func mistakesNameTheField(yaml: String, field: String) {
        #expect {
            try RetentionFile.read(yaml: "retention:\n  " + yaml)
        } throws: { "\($0)".contains(field + ":") || "\($0)".contains(field + ";") }
    }
}
