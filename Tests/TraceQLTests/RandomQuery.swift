import TestSupport
import TraceQL

/// Makes queries that the parser takes, small enough to match something now and then.
struct RandomQuery {
    var random: Dice
    /// Strange names and literals, for printing and parsing; evaluation wants values that occur.
    var isExotic = false

    init(_ seed: UInt64, isExotic: Bool = false) {
        random = Dice(seed)
        self.isExotic = isExotic
    }

    mutating func query() -> TraceQuery {
        var stages = [PipelineStage.spanSets(spanSets(3))]
        while random.one(in: 3), stages.count < 5 { stages.append(stage()) }
        var query = TraceQuery(stages: stages)
        if isExotic {
            if random.one(in: 3) { query.metrics = metrics() }
            if random.one(in: 5) {
                query.hints = [.init("most_recent", .bool(true)), .init("sample", .double(-0.25))]
            }
        }
        return query
    }

    mutating func stages() -> [PipelineStage] {
        var stages = [PipelineStage.spanSets(spanSets(1)), stage()]
        if random.one(in: 3) { stages.append(stage()) }
        return stages
    }

    mutating func stage() -> PipelineStage {
        switch random.below(6) {
        case 0: .spanSets(spanSets(1))
        case 1, 2: .scalar(scalarFilter())
        case 3: .by(random.one(in: 2) ? .field(field()) : .binary(.and, .field(attribute()), condition(1)))
        case 4: .coalesce
        default: .select([field(), field()])
        }
    }

    mutating func spanSets(_ depth: Int) -> SpanSetExpression {
        if depth > 0, random.one(in: 2) {
            return .operation(random.pick(SpanSetOperator.allCases), spanSets(depth - 1), spanSets(depth - 1))
        }
        if depth > 0, random.one(in: 8) { return .pipeline(stages()) }
        return .filter(condition(2))
    }

    private mutating func scalarFilter() -> ScalarFilter {
        let comparison = random.pick([BinaryOperator.equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual])
        let literal = ScalarExpression.literal(.int(Int64(random.below(5))))
        return random.one(in: 2)
            ? ScalarFilter(scalar(1), comparison, literal) : ScalarFilter(aggregate(), comparison, scalar(1))
    }

    private mutating func scalar(_ depth: Int) -> ScalarExpression {
        if depth > 0, random.one(in: 3) {
            return .arithmetic(
                random.pick([.add, .subtract, .multiply, .divide, .remainder, .power]), scalar(depth - 1), aggregate())
        }
        return aggregate()
    }

    private mutating func aggregate() -> ScalarExpression {
        let aggregate = random.pick(Aggregate.allCases)
        return .aggregate(aggregate, aggregate == .count ? nil : number(1))
    }

    mutating func condition(_ depth: Int) -> FieldExpression {
        if depth > 0 {
            switch random.below(6) {
            case 0, 1:
                return .binary(random.one(in: 2) ? .and : .or, condition(depth - 1), condition(depth - 1))
            case 2: return .unary(.not, condition(depth - 1))
            default: break
            }
        }
        switch random.below(10) {
        case 0: return .literal(.bool(random.one(in: 3)))
        case 1: return .field(attribute())
        case 2: return .binary(random.one(in: 2) ? .equal : .notEqual, .field(attribute()), .literal(.none))
        case 3:
            let pattern = random.pick(["a", "a|b", ".*b.*", "[ab]+", "", "x.*"])
            return .binary(
                random.one(in: 2) ? .matches : .notMatches, .field(random.one(in: 2) ? .intrinsic(.name) : attribute()),
                .literal(.string(pattern)))
        case 4: return .binary(comparison(), number(1), number(1))
        case 5: return enumerated()
        case 6: return .binary(comparison(), .field(.intrinsic(.name)), .literal(string()))
        default: return .binary(comparison(), .field(attribute()), .literal(literal()))
        }
    }

    private mutating func enumerated() -> FieldExpression {
        let operation: BinaryOperator = random.one(in: 2) ? .equal : .notEqual
        return random.one(in: 2)
            ? .binary(operation, .field(.intrinsic(.kind)), .literal(.kind(Int32(random.below(6)))))
            : .binary(operation, .field(.intrinsic(.status)), .literal(.status(Int32(random.below(3)))))
    }

    private mutating func comparison() -> BinaryOperator {
        random.pick([.equal, .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual])
    }

    mutating func number(_ depth: Int) -> FieldExpression {
        if depth > 0, random.one(in: 3) {
            return .binary(
                random.pick([.add, .subtract, .multiply, .divide, .remainder, .power]), number(depth - 1),
                number(depth - 1))
        }
        if depth > 0, random.one(in: 8) { return .unary(.negative, .field(attribute())) }
        return .field(
            random.one(in: 2)
                ? attribute()
                : .intrinsic(
                    random.pick([
                        .duration, .childCount, .traceDuration, .nestedSetLeft, .nestedSetRight, .nestedSetParent,
                        .eventTimeSinceStart,
                    ])))
    }

    mutating func field() -> Field {
        random.one(in: 3) ? .intrinsic(random.pick(Intrinsic.allCases)) : attribute()
    }

    mutating func attribute() -> Field {
        let keys =
            isExotic
            ? [
                "a", "http.status", "with space", "5", "quo\"te", "back\\slash", "span.x", "resource.y", "größe", "a+b",
                "e",
            ]
            : ["a", "b", "c"]
        let key = random.pick(keys)
        return random.one(in: 6)
            ? .parentAttribute(random.pick([.any, .span, .resource]), key: key)
            : .attribute(random.pick([.any, .any, .span, .span, .resource, .event, .link, .instrumentation]), key: key)
    }

    private mutating func string() -> Literal {
        .string(
            isExotic
                ? random.pick(["", "a", "\"", "\\", "line\nbreak\t\r", "\u{1}\u{7F}", "é", "👩‍🚀", "`"])
                : random.pick(["a", "b", "ab", ""]))
    }

    private mutating func literal() -> Literal {
        switch random.below(4) {
        case 0: return string()
        case 1:
            return isExotic
                ? random.pick([.double(0.1), .double(1e300), .double(-.leastNonzeroMagnitude), .double(2)])
                : .double(random.pick([0.5, 1, 2, -1]))
        case 2 where isExotic:
            return random.pick([
                .duration(1), .duration(1500), .duration(-90_000_000_000), .duration(.max), .int(.min), .int(.max),
                .int(-3),
            ])
        default: return .int(Int64(random.below(4)) - 1)
        }
    }

    private mutating func metrics() -> MetricsStage {
        let field = random.one(in: 2) ? Field.intrinsic(.duration) : attribute()
        let function: MetricsStage.Function = random.pick([
            .rate, .countOverTime, .minOverTime(field), .maxOverTime(field), .avgOverTime(field), .sumOverTime(field),
            .quantileOverTime(field, [0.5, 0.99, 1]), .histogramOverTime(field),
        ])
        return MetricsStage(
            function, by: random.one(in: 2) ? [self.field(), self.field()] : [],
            cuts: random.one(in: 3) ? [.top(3), .bottom(1)] : [])
    }
}
