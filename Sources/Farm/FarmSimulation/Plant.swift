/// A bug put in on purpose, to see whether the checkers find it.
///
/// Two of them sit around the machine, where a shell could have them as well; the fence and the shares are inside, and
/// are forgotten by a switch that only this package can reach.
public enum Plant: String, Sendable, CaseIterable {
    /// Whoever speaks of a leased task is taken for the holder of its lease, whatever attempt it speaks of.
    case forgetFence = "forget-fence"
    /// What waits for a commit is done before it, and the commit may then fail.
    case acknowledgeBeforeCommit = "acknowledge-before-commit"
    /// Now and then a worker's READY is lost for good: repeating it does not help.
    case loseReady = "lose-ready"
    /// Who submitted a task plays no part in when it is given out.
    case forgetShares = "forget-shares"
}
