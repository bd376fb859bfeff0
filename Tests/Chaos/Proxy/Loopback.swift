import Glibc

/// Addresses and ports of this machine.
enum Loopback {
    struct NoPort: Error, CustomStringConvertible {
        let description: String
    }

    static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    /// A listening socket, on a free port if the port is 0.
    static func listener(_ port: UInt16 = 0) throws -> (socket: Int32, port: UInt16) {
        let listener = socket(
            AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        var address = address(port)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let outcome = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer -> Int32 in
                guard bind(listener, pointer, length) == 0, listen(listener, 1024) == 0 else { return -1 }
                return getsockname(listener, pointer, &length)
            }
        }
        guard outcome == 0 else {
            let code = errno
            close(listener)
            throw NoPort(description: "cannot listen on 127.0.0.1:\(port): \(String(cString: strerror(code)))")
        }
        return (listener, UInt16(bigEndian: address.sin_port))
    }

    /// The first of so many neighbouring ports that are free now, below those that the system gives out by itself.
    static func freePorts(_ count: Int, _ dice: inout Dice) throws -> UInt16 {
        for _ in 0..<200 {
            let first = UInt16(dice.number(20_000...31_000))
            var taken: [Int32] = []
            defer { for socket in taken { close(socket) } }
            for offset in 0..<count {
                guard let listener = try? listener(first + UInt16(offset)) else { break }
                taken.append(listener.socket)
            }
            if taken.count == count { return first }
        }
        throw NoPort(description: "no \(count) neighbouring ports are free")
    }
}
