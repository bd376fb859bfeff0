import Foundation
import Glibc

/// One line on a terminal that is redrawn while something long goes on; nothing elsewhere.
struct ProgressLine {
    private let isTerminal = isatty(STDERR_FILENO) != 0

    /// Draws a bar, a text and the time that is left.
    func show(fraction: Double, seconds: Double, _ text: String) {
        guard isTerminal else { return }
        let done = min(1, max(0, fraction))
        let left = done > 0.001 ? "  ETA " + ProgressDisplay.clockText(seconds: seconds / done * (1 - done)) : ""
        write("\r\u{1B}[K" + ProgressDisplay.bar(fraction: done, width: 24) + " " + text + left)
    }

    /// Removes the line.
    func clear() { if isTerminal { write("\r\u{1B}[K") } }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
