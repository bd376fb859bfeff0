public import ArgumentParser
public import FarmModel

// Words of the farm that are also words of the command line.
extension TaskFilter: ExpressibleByArgument {}
extension DrainMode: ExpressibleByArgument {}
extension Device: ExpressibleByArgument {}
