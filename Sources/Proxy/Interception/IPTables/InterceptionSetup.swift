import Mesh

/// Sets up interception in this network namespace, removes it, and tells what there is.
package struct InterceptionSetup {
    /// Rules of ours that are in the kernel.
    package struct Found: Sendable {
        package var backend: IPTablesBackend
        package var family: IPFamily
        package var rules: NATRules
    }

    private struct Survey {
        var programs: IPTablesPrograms
        var ours: [IPFamily: NATRules] = [:]
        /// Of anybody.
        var count = 0
    }

    private let runner: any CommandRunner
    /// Whether the kernel speaks IPv6 at all.
    private let hasIPv6: Bool

    package init(_ runner: any CommandRunner, hasIPv6: Bool) {
        self.runner = runner
        self.hasIPv6 = hasIPv6
    }

    private var families: [IPFamily] { hasIPv6 ? IPFamily.allCases : [.ipv4] }

    // MARK: What there is

    package func show() throws(InterceptionError) -> [Found] {
        var found: [Found] = []
        for survey in try surveys() {
            for family in families {
                guard let rules = survey.ours[family], !rules.isEmpty else { continue }
                found.append(Found(backend: survey.programs.backend, family: family, rules: rules))
            }
        }
        return found
    }

    /// The backends that work here; an error when none does.
    private func surveys() throws(InterceptionError) -> [Survey] {
        var surveys: [Survey] = []
        var failure: InterceptionError?
        for programs in try IPTablesPrograms.installed(runner) {
            do throws(InterceptionError) {
                surveys.append(try survey(programs))
            } catch {
                failure = failure ?? error
            }
        }
        if surveys.isEmpty, let failure { throw failure }
        return surveys
    }

    private func survey(_ programs: IPTablesPrograms) throws(InterceptionError) -> Survey {
        var survey = Survey(programs: programs)
        for family in families {
            let text = try programs.save(family)
            survey.ours[family] = NATRules(saved: text)
            survey.count += NATRules.count(saved: text)
        }
        return survey
    }

    // MARK: Up

    /// Puts the plan's rules in the place of ours that may be there.
    ///
    /// - Parameter backend: Where they go; when nil where most rules are already, else to the first that takes them.
    package func up(
        _ plan: InterceptionPlan, backend wanted: IPTablesBackend? = nil
    ) throws(InterceptionError) -> [Found] {
        if let fault = plan.fault { throw InterceptionError(fault) }
        let all = try surveys()
        var candidates = all.sorted { $0.count > $1.count }
        if let wanted {
            candidates = candidates.filter { $0.programs.backend == wanted }
            if candidates.isEmpty { throw InterceptionError("iptables-\(wanted) is not installed or does not work") }
        } else if let first = candidates.first, first.count > 0 {
            candidates = [first]
        }
        var failure: InterceptionError?
        for candidate in candidates {
            do throws(InterceptionError) {
                let found = try put(plan, candidate)
                for other in all where other.programs.backend != candidate.programs.backend { try remove(other) }
                return found
            } catch {
                failure = failure ?? error
            }
        }
        throw failure ?? InterceptionError("iptables is not installed")
    }

    /// All families or none.
    private func put(_ plan: InterceptionPlan, _ survey: Survey) throws(InterceptionError) -> [Found] {
        var done: [Found] = []
        for family in families {
            let rules = family == .ipv6 && !plan.interception.ipv6 ? NATRules() : plan.rules(family)
            do throws(InterceptionError) {
                let old = survey.ours[family] ?? NATRules()
                if !(old.isEmpty && rules.isEmpty) { try survey.programs.restore(family, old.transition(to: rules)) }
                done.append(Found(backend: survey.programs.backend, family: family, rules: rules))
            } catch {
                throw takeBack(done, survey, after: error)
            }
        }
        return done.filter { !$0.rules.isEmpty }
    }

    private func takeBack(_ done: [Found], _ survey: Survey, after error: InterceptionError) -> InterceptionError {
        var sentence = error.description
        for found in done {
            do throws(InterceptionError) {
                // As the kernel prints them: only so can jumps be told from those that were there before.
                let now = NATRules(saved: try survey.programs.save(found.family))
                let old = survey.ours[found.family] ?? NATRules()
                try survey.programs.restore(found.family, now.transition(to: old))
                sentence += "; the rules for \(found.family.text) are as they were before"
            } catch {
                sentence += "; the rules for \(found.family.text) could not be taken back: \(error)"
            }
        }
        return InterceptionError(sentence)
    }

    // MARK: Down

    /// Removes every rule of ours, of any version and backend.
    ///
    /// - Returns: what was there.
    package func down() throws(InterceptionError) -> [Found] {
        let found = try show()
        for survey in try surveys() { try remove(survey) }
        return found
    }

    private func remove(_ survey: Survey) throws(InterceptionError) {
        for family in families {
            guard let ours = survey.ours[family], !ours.isEmpty else { continue }
            try survey.programs.restore(family, ours.transition(to: NATRules()))
        }
    }
}
