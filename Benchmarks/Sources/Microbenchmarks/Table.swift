/// Rows of figures beside the budgets of the design.
enum Table {
    static func heading(_ text: String) { print("\n\(text)\n\(String(repeating: "-", count: text.count))") }

    static func row(_ what: String, _ value: Double, _ unit: String, budget: Double?, atLeast: Bool = false) {
        var line = pad(what, 44) + pad(number(value), 12, right: true) + " " + pad(unit, 14)
        if let budget {
            let holds = atLeast ? value >= budget : value <= budget
            line += (atLeast ? "at least " : "at most ") + number(budget) + (holds ? "" : "   MISSED")
        }
        print(line)
    }

    static func number(_ value: Double) -> String {
        let digits: Double = abs(value) >= 100 ? 1 : 100
        let rounded = (value * digits).rounded() / digits
        return digits == 1 ? String(Int64(rounded)) : String(rounded)
    }

    private static func pad(_ text: String, _ width: Int, right: Bool = false) -> String {
        let spaces = String(repeating: " ", count: max(0, width - text.count))
        return right ? spaces + text : text + spaces
    }
}
