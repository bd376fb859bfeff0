import ArgumentParser
import CoordinatorService

/// Flags of the coordinator that bound what it stores.
struct StorageFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What stays free on the state folder's volume, as in 5% or 2GB; below that no job is taken.",
            valueName: "amount"))
    var reserve = "5%"

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Gigabytes of all that is stored for jobs; by default only the volume.", valueName: "n"))
    var quota: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Hours for which a second, differing result of a task is kept.", valueName: "n"))
    var quarantine = 72.0

    func validate() throws { _ = try storage }

    /// What the flags say; throws a validation error for amounts that make no sense.
    var storage: CoordinatorService.Storage {
        get throws {
            var storage = CoordinatorService.Storage()
            if let percent = number(before: "%"), (0...50).contains(percent) {
                (storage.reserveFraction, storage.reserveBytes) = (percent / 100, 0)
            } else if let gigabytes = number(before: "GB"), (0...StorageFlags.most).contains(gigabytes) {
                (storage.reserveFraction, storage.reserveBytes) = (0, Int64(gigabytes * 1e9))
            } else {
                throw ValidationError("--reserve is \(reserve); write 0% to 50%, or gigabytes as in 2GB")
            }
            if let quota {
                guard (0.001...StorageFlags.most).contains(quota) else {
                    throw ValidationError("--quota is \(quota); it lies in 0.001 ... \(Int(StorageFlags.most))")
                }
                storage.quotaBytes = Int64(quota * 1e9)
            }
            guard (0...StorageFlags.longest).contains(quarantine) else {
                throw ValidationError("--quarantine is \(quarantine); it lies in 0 ... \(Int(StorageFlags.longest))")
            }
            storage.quarantineSeconds = Int64(quarantine * 3_600)
            return storage
        }
    }

    private static let most = 1e6
    private static let longest = 8_784.0

    private func number(before unit: String) -> Double? {
        reserve.hasSuffix(unit) ? Double(reserve.dropLast(unit.count)) : nil
    }
}
