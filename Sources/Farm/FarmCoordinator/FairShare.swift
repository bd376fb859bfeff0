internal import OrderedCollections

/// How much each submitter has had, so that the next task is one of whoever has least.
///
/// What counts first is the number of slots in use, so that long tasks weigh more than short ones; between equals,
/// the number of tasks begun. Somebody who comes back after a pause starts level with the others: nobody saves up.
struct FairShare {
    /// What one submitter has.
    struct Account {
        /// Attempts offered or running.
        var running = 0
        /// Attempts given out, since the start of this coordinator or levelled at a return.
        var served: Int64 = 0
        /// Steps in the queue.
        var queued = 0

        var isActive: Bool { running > 0 || queued > 0 }
    }

    private(set) var accounts: OrderedDictionary<String, Account> = [:]

    subscript(_ submitter: String) -> Account { accounts[submitter] ?? Account() }

    /// The fewest attempts that any submitter with work has been given.
    var leastServed: Int64 { accounts.values.lazy.filter(\.isActive).map(\.served).min() ?? 0 }

    mutating func queued(_ submitter: String, by change: Int) {
        let isReturning = change > 0 && !self[submitter].isActive
        let least = isReturning ? leastServed : 0
        var account = self[submitter]
        if isReturning { account.served = max(account.served, least) }
        account.queued += change
        store(account, of: submitter)
    }

    /// An attempt was given out.
    mutating func began(_ submitter: String) {
        var account = self[submitter]
        account.running += 1
        account.served += 1
        store(account, of: submitter)
    }

    /// An attempt ended; one that came to nothing is not counted.
    mutating func ended(_ submitter: String, wasVoid: Bool) {
        var account = self[submitter]
        account.running -= 1
        if wasVoid { account.served -= 1 }
        store(account, of: submitter)
    }

    private mutating func store(_ account: Account, of submitter: String) {
        accounts[submitter] = account
        // Beyond the limit the memory of those without work goes, which costs them nothing but a tie.
        guard accounts.count > CoordinatorLimits.submitters else { return }
        accounts = accounts.filter { $0.value.isActive || $0.key == submitter }
    }
}

/// How a candidate compares: the smaller comes first.
struct Claim: Comparable {
    /// Slots in use by its submitter; one less where the worker is warm for it and the submitter not far ahead.
    let running: Int
    /// Attempts given to its submitter.
    let served: Int64
    /// The older job first.
    let key: StepKey

    static func < (a: Claim, b: Claim) -> Bool {
        (a.running, a.served, a.key) < (b.running, b.served, b.key)
    }
}
