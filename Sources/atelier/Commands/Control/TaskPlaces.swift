import ArgumentParser
import FarmModel

/// Places of tasks in their job, as users name them.
enum TaskPlaces {
    /// Throws `ValidationError` if one lies where no job has tasks.
    static func check(_ places: [UInt32], of name: String) throws {
        for place in places where place >= UInt32(FarmModel.Limits.tasks) {
            throw ValidationError("\(name) \(place): places lie in 0 ... \(FarmModel.Limits.tasks - 1)")
        }
    }
}
