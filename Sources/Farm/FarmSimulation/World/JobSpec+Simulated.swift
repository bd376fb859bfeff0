internal import FarmModel
internal import OrderedCollections

extension JobSpec {
    /// A job of steps that each depend on the one before, with so many tasks each.
    static func simulated(_ counts: [Int], named name: String, _ terms: SwarmOptions.Terms) -> JobSpec {
        var random = SplitMix64(seed: terms.seed)
        let steps = counts.enumerated().map { place, count in
            let values = (0..<count).map { Settings(dictionaryLiteral: ("seed", .integer(Int64($0)))) }
            let words = [["large"], ["near"], ["large", "near"]]
            return StepSpec(
                name: "step-\(place)", action: .noop, dependsOn: place == 0 ? [] : ["step-\(place - 1)"],
                space: ParameterSpace(axes: count == 1 ? [] : [.init(name: "seed", values: values)]),
                isChain: random.chance(terms.chain),
                requirements: Requirements(
                    tags: random.chance(terms.demand) ? words[random.index(below: words.count)] : []),
                affinity: random.chance(terms.affinity) ? "models-\(random.index(below: 2))" : "",
                stallMilliseconds: terms.stall, maximumMilliseconds: terms.maximum)
        }
        var drawn = steps
        if terms.hardware > 0 {
            var random = SplitMix64(seed: terms.seed &+ 1)
            for place in drawn.indices where random.chance(terms.hardware) {
                if random.chance(500) { drawn[place].requirements.device = .gpu }
                if random.chance(700) { drawn[place].requirements.memoryBytes = random.chance(500) ? 40 : 80 }
            }
        }
        return JobSpec(
            name: name, steps: drawn, priority: Int32(random.within(-1...1)),
            submitter: "submitter-\(random.index(below: 2))", failureLimit: terms.failureLimit)
    }
}

extension Digest {
    /// A digest that tells numbers apart.
    static func simulated(_ numbers: UInt64...) -> Digest {
        let bytes = (0..<Digest.byteCount).map { place -> UInt8 in
            let number = place / 8 < numbers.count ? numbers[place / 8] : 0
            return UInt8(truncatingIfNeeded: number >> UInt64(8 * (place % 8)))
        }
        guard let digest = Digest(bytes) else { preconditionFailure("\(bytes.count) octets are no digest") }
        return digest
    }

    static let zero = Digest.simulated(0)
}
