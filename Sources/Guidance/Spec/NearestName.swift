/// The candidate with the smallest edit distance to what was written, the first on ties; nil without candidates.
public func nearestName(to written: String, among candidates: [String]) -> String? {
    candidates.map { ($0, editDistance(written.lowercased(), $0.lowercased())) }.min { $0.1 < $1.1 }?.0
}

/// Levenshtein's distance: insertions, deletions and replacements of one character each.
func editDistance(_ a: String, _ b: String) -> Int {
    let b = Array(b)
    var previous = Array(0...b.count)
    for (i, x) in a.enumerated() {
        var row = [i + 1]
        for (j, y) in b.enumerated() {
            row.append(min(previous[j] + (x == y ? 0 : 1), previous[j + 1] + 1, row[j] + 1))
        }
        previous = row
    }
    return previous[b.count]
}
