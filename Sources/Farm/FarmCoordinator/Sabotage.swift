/// A bug that a simulation switches on to see whether its checkers find it; only this package can reach it.
///
/// It sits inside the machine because a fence is a comparison that the machine makes: no tampering with its events and
/// effects stands for leaving it out.
package enum Sabotage: Sendable {
    /// Whoever speaks of a leased task is taken for the holder of its lease.
    case forgetsFence
    /// All submitters are taken to have nothing, whatever they have.
    case forgetsShares
}
