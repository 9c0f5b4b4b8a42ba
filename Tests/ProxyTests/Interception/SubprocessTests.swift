import Proxy
import Testing

@Suite struct SubprocessTests {
    @Test func moreThanAPipeHoldsGoesThroughBothWays() throws {
        let text = String(repeating: "0123456789abcdef\n", count: 40_000)
        let runner = Subprocess()
        let outcome = try runner.run(try #require(runner.find("cat")), [], input: text)
        #expect(outcome.status == 0 && outcome.output == text && outcome.errors.isEmpty)
    }

    @Test func statusErrorsAndSignalsAreTold() throws {
        let runner = Subprocess()
        let shell = try #require(runner.find("sh"))
        let failed = try runner.run(shell, ["-c", "echo out; echo err >&2; exit 3"], input: "")
        #expect(failed.status == 3 && failed.output == "out\n" && failed.errors == "err\n")
        #expect(try runner.run(shell, ["-c", "kill -9 $$"], input: "").status == -9)
        // The child has the environment that it needs, and the usual signals.
        #expect(try runner.run(shell, ["-c", "echo $LC_ALL"], input: "").output == "C\n")
    }

    @Test func whatCannotRunIsNamed() {
        let error = #expect(throws: InterceptionError.self) {
            try Subprocess().run("/nowhere/iptables", [], input: "")
        }
        #expect(error?.description == "cannot run /nowhere/iptables: No such file or directory")
        #expect(Subprocess(path: "/nowhere").find("no-such-program-anywhere") == nil)
    }
}
