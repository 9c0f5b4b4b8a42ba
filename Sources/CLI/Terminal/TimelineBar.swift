/// A stretch of time drawn to scale, half a cell exact.
package enum TimelineBar {
    /// - Parameters:
    ///   - start: from the scale's zero.
    ///   - scale: what the whole width stands for; zero draws a dot at the left.
    ///   - hollow: for what is inferred, not recorded.
    package static func draw(start: UInt64, duration: UInt64, scale: UInt64, width: Int, hollow: Bool = false) -> String
    {
        let halves = Double(width * 2)
        let scale = Double(max(1, scale))
        let first = min(max(0, Int(Double(start) / scale * halves)), width * 2 - 1)
        let exact = (Double(start) + Double(duration)) / scale * halves
        let last = min(max(first + 1, Int(exact.rounded())), width * 2)
        var text = ""
        for cell in 0..<width {
            let left = (first..<last).contains(2 * cell)
            let right = (first..<last).contains(2 * cell + 1)
            switch (left, right) {
            case (false, false): text += " "
            case (_, _) where hollow: text += "┄"
            case (true, true): text += "█"
            case (true, false): text += "▌"
            case (false, true): text += "▐"
            }
        }
        return text
    }
}
