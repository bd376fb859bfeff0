internal import DequeModule
internal import FarmModel
internal import OrderedCollections

/// A step of a job, as an entry of the queue.
struct StepKey: Hashable, Comparable {
    let job: JobID
    let step: Int

    static func < (a: StepKey, b: StepKey) -> Bool { (a.job, a.step) < (b.job, b.step) }
}

/// Steps that may have ready tasks, by what they ask of a worker.
///
/// A worker looks only into the buckets whose demands it meets, so tasks that nobody can execute never stand in the
/// way. Within a bucket there is a lane for each priority and submitter, and within a lane the older job is first.
/// Entries whose step has nothing ready any more fall away when they are met.
struct ReadyQueue {
    /// Steps of equal demands.
    struct Bucket {
        /// By urgency, the largest priority first; of equal priority by name.
        var lanes: [Lane] = []
    }

    /// Steps of equal demands, priority and submitter.
    struct Lane {
        let priority: Int32
        let submitter: String
        var steps = SortedSteps()
        /// The same steps by their affinity, those without left out.
        var byAffinity: [String: SortedSteps] = [:]
    }

    /// All buckets that are not empty, in the order of their coming.
    private(set) var buckets: OrderedDictionary<Requirements, Bucket> = [:]

    var isEmpty: Bool { buckets.isEmpty }

    /// Every step in the queue, in no particular order.
    var steps: [StepKey] { buckets.values.flatMap { $0.lanes.flatMap { Array($0.steps.keys) } } }

    /// Steps of a larger priority, or of the same and an older job.
    func count(before key: StepKey, priority: Int32) -> Int {
        buckets.values.reduce(0) { sum, bucket in
            bucket.lanes.reduce(sum) { sum, lane in
                if lane.priority > priority { return sum + lane.steps.keys.count }
                return lane.priority < priority ? sum : sum + lane.steps.count(before: key)
            }
        }
    }

    mutating func insert(_ key: StepKey, _ spec: StepSpec, priority: Int32, submitter: String) {
        var bucket = buckets[spec.requirements] ?? Bucket()
        let place = bucket.place(priority, submitter)
        if !bucket.hasLane(at: place, priority, submitter) {
            bucket.lanes.insert(Lane(priority: priority, submitter: submitter), at: place)
        }
        bucket.lanes[place].steps.insert(key)
        if !spec.affinity.isEmpty {
            bucket.lanes[place].byAffinity[spec.affinity, default: SortedSteps()].insert(key)
        }
        buckets[spec.requirements] = bucket
    }

    /// Takes a step out; the priority is the one it was put in with.
    mutating func remove(_ key: StepKey, _ spec: StepSpec, priority: Int32, submitter: String) {
        guard var bucket = buckets[spec.requirements] else { return }
        let place = bucket.place(priority, submitter)
        guard bucket.hasLane(at: place, priority, submitter) else { return }
        buckets[spec.requirements] = nil
        bucket.lanes[place].steps.remove(key)
        bucket.lanes[place].byAffinity[spec.affinity]?.remove(key)
        if bucket.lanes[place].byAffinity[spec.affinity]?.keys.isEmpty == true {
            bucket.lanes[place].byAffinity[spec.affinity] = nil
        }
        if bucket.lanes[place].steps.keys.isEmpty { bucket.lanes.remove(at: place) }
        if !bucket.lanes.isEmpty { buckets[spec.requirements] = bucket }
    }
}

extension ReadyQueue.Bucket {
    /// Where a lane is, or would be.
    fileprivate func place(_ priority: Int32, _ submitter: String) -> Int {
        lanes.firstIndex { ($0.priority, submitter) <= (priority, $0.submitter) } ?? lanes.count
    }

    fileprivate func hasLane(at place: Int, _ priority: Int32, _ submitter: String) -> Bool {
        place < lanes.count && lanes[place].priority == priority && lanes[place].submitter == submitter
    }
}

/// Steps in order, the oldest job first; cheap at both ends.
struct SortedSteps {
    private(set) var keys: Deque<StepKey> = []

    /// Steps of older jobs.
    func count(before key: StepKey) -> Int { position(of: key) }

    mutating func insert(_ key: StepKey) {
        let place = position(of: key)
        if place < keys.count, keys[place] == key { return }
        keys.insert(key, at: place)
    }

    mutating func remove(_ key: StepKey) {
        let place = position(of: key)
        if place < keys.count, keys[place] == key { keys.remove(at: place) }
    }

    /// The first place whose key is not smaller.
    private func position(of key: StepKey) -> Int {
        var (low, high) = (0, keys.count)
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
