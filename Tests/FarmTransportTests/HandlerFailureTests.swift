import FarmKeys
import Glibc
import Testing

@testable import FarmTransport

@Suite(.timeLimit(.minutes(5))) struct HandlerFailureTests {
    private static func handler() throws -> (ZMQContext, ZAPHandler) {
        let context = try ZMQContext()
        return (context, try ZAPHandler(in: context, allowList: AllowList(), logger: Line.logger))
    }

    @Test("A5: A handler of authentication that fails at run time takes the process with it")
    func failure() async {
        await #expect(processExitsWith: .failure) {
            let (_, handler) = try HandlerFailureTests.handler()
            handler.serve { () throws(ZMQError) in throw ZMQError(code: ENOTSOCK, "hear an authentication request") }
        }
    }

    @Test("A5: The end of its context is no failure of the handler")
    func end() throws {
        let (context, handler) = try Self.handler()
        // libzmq's ETERM.
        handler.serve { () throws(ZMQError) in throw ZMQError(code: 156_384_765, "hear an authentication request") }
        context.terminate()
    }
}
