/// Pickles that must be refused whatever container they lie in.
enum HostilePickles {
    typealias Case = (what: String, pickle: [UInt8], expected: String)

    static let all: [Case] = code + opcodes + stacks + numbers + nesting + floods + roots

    /// Names that only code would use.
    private static let code: [Case] = {
        let names = [
            "os system", "os popen", "os.path join", "posix system", "nt system", "sys exit", "subprocess Popen",
            "subprocess check_output", "builtins eval", "builtins exec", "builtins getattr", "builtins __import__",
            "builtins compile", "builtins open", "builtins globals", "__builtin__ eval", "__builtin__ execfile",
            "importlib import_module", "importlib.util spec_from_file_location", "runpy run_path",
            "runpy _run_code", "webbrowser open", "pickle loads", "_pickle loads", "marshal loads", "ctypes CDLL",
            "socket socket", "shutil rmtree", "pty spawn", "code interact", "operator attrgetter", "torch load",
            "torch.serialization load", "torch.hub load", "torch.utils.cpp_extension load", "types CodeType",
            "types FunctionType", "numpy load", "numpy.testing._private.utils runstring", "timeit timeit",
            "cProfile run", "pdb run", "multiprocessing Process", "asyncio run", "urllib.request urlopen",
            "requests get", "pip main", "io open", "_posixsubprocess fork_exec", "commands getoutput",
            "sqlite3 connect", "torch.storage _load_from_bytes", "torch.serialization os.system",
            "collections __class__.mro", "cloudpickle loads", "dill loads", "pydoc pipepager",
        ]
        let calls = names.map { name -> Case in
            let parts = name.split(separator: " ")
            let (module, function) = (String(parts[0]), String(parts[1]))
            let pickle = TorchWriter.stateDict {
                $0.text("x")
                $0.global(module, function)
                $0.text("echo")
                $0.raw([0x85])
                $0.raw("R")
            }
            return ("a call of \(module).\(function)", pickle, "'\(module).\(function)', which could run code")
        }
        func system(_ body: (inout PickleWriter) -> Void) -> [UInt8] { PickleWriter.pickle(body) }
        return calls + [
            (
                "os.system as the whole",
                system {
                    $0.raw("cos\nsystem\n("); $0.text("id"); $0.raw("tR")
                }, "could run code"
            ),
            (
                "os.system named only",
                TorchWriter.stateDict {
                    $0.text("x"); $0.global("os", "system")
                }, "could run code"
            ),
            (
                "os.system built into a callback",
                TorchWriter.stateDict {
                    $0.text("callbacks")
                    $0.global("pytorch_lightning", "Callback")
                    $0.raw(")")
                    $0.raw([0x81])
                    $0.global("os", "system")
                    $0.raw("b")
                }, "could run code"
            ),
            (
                "os.system by STACK_GLOBAL",
                TorchWriter.stateDict {
                    $0.text("os"); $0.text("system"); $0.raw([0x93])
                }, "'os.system', which could run"
            ),
            (
                "a harmless STACK_GLOBAL",
                TorchWriter.stateDict {
                    $0.text("collections"); $0.text("deque"); $0.raw([0x93])
                }, "opcode STACK_GLOBAL"
            ),
            (
                "eval as a storage's class",
                TorchWriter.stateDict {
                    $0.text("x")
                    $0.raw("(")
                    $0.text("storage")
                    $0.global("builtins", "eval")
                    $0.raw("tQ")
                }, "could run code"
            ),
            (
                "INST of os.system",
                TorchWriter.stateDict { $0.raw("(ios\nsystem\n") }, "opcode INST"
            ),
            (
                "a name with a line feed in text",
                TorchWriter.stateDict {
                    $0.text("a\nb"); $0.raw("cos\nsystem\n")
                }, "could run"
            ),
        ]
    }()

    /// Opcodes outside the set, and versions of the format.
    private static let opcodes: [Case] = {
        let names: [(UInt8, String)] = [
            (0x30, "POP"), (0x31, "POP_MARK"), (0x32, "DUP"), (0x46, "FLOAT"), (0x49, "INT"), (0x4C, "LONG"),
            (0x50, "PERSID"), (0x53, "STRING"), (0x54, "BINSTRING"), (0x56, "UNICODE"), (0x64, "DICT"), (0x67, "GET"),
            (0x69, "INST"), (0x6C, "LIST"), (0x6F, "OBJ"), (0x70, "PUT"), (0x82, "EXT1"), (0x83, "EXT2"),
            (0x84, "EXT4"), (0x8B, "LONG4"), (0x42, "BINBYTES"), (0x43, "SHORT_BINBYTES"),
            (0x8C, "SHORT_BINUNICODE"), (0x8D, "BINUNICODE8"), (0x8E, "BINBYTES8"), (0x90, "ADDITEMS"),
            (0x91, "FROZENSET"), (0x92, "NEWOBJ_EX"), (0x94, "MEMOIZE"), (0x95, "FRAME"), (0x96, "BYTEARRAY8"),
            (0x97, "NEXT_BUFFER"), (0x98, "READONLY_BUFFER"), (0x00, "0x0"), (0xFF, "0xff"),
        ]
        let unknown = names.map { code, name -> Case in
            ("opcode \(name)", TorchWriter.stateDict { $0.raw([code, 1, 0, 0, 0, 0x0A]) }, "opcode \(name)")
        }
        let versions = [UInt8(0), 1, 3, 4, 5, 255].map { version -> Case in
            (
                "protocol \(version) inside", TorchWriter.stateDict { $0.raw([0x80, version]) },
                "protocol \(version) is not read"
            )
        }
        return unknown + versions
    }()

    /// Too little on the stack, or the wrong things.
    private static let stacks: [Case] = {
        func pickle(_ text: String) -> [UInt8] { PickleWriter.pickle { $0.raw(text) } }
        func bytes(_ more: [UInt8]) -> [UInt8] { PickleWriter.pickle { $0.raw(more) } }
        return [
            ("nothing", PickleWriter.pickle { _ in }, "half-way"), ("two values", pickle("NN"), "half-way"),
            ("an open mark", pickle("}("), "half-way"), ("TUPLE without a mark", pickle("t"), "mark is missing"),
            ("APPENDS without a mark", pickle("]e"), "mark is missing"),
            ("SETITEMS without a mark", pickle("}u"), "mark is missing"),
            ("TUPLE1 of nothing", bytes([0x85]), "stack is empty"),
            ("TUPLE2 of one", bytes([0x4E, 0x86]), "stack is empty"),
            ("TUPLE3 of two", bytes([0x4E, 0x4E, 0x87]), "stack is empty"),
            ("TUPLE2 across a mark", bytes([0x4E, 0x28, 0x4E, 0x86]), "stack is empty"),
            ("APPEND to nothing", pickle("Na"), "stack is empty"),
            ("SETITEM to nothing", pickle("NNs"), "stack is empty"),
            ("APPEND to a dictionary", pickle("}Na"), "takes no elements"),
            ("SETITEM to a list", pickle("]NNs"), "takes no keys"),
            ("a key without a value", pickle("}(Nu"), "no value"),
            ("REDUCE of nothing", pickle(")R"), "stack is empty"),
            ("a call of None", pickle("N)R"), "cannot be called"),
            ("a call of a list", pickle("])R"), "cannot be called"),
            ("a call with a list", pickle("ca\nb\n]R"), "arguments are a list"),
            ("NEWOBJ of None", bytes([0x4E, 0x29, 0x81]), "not a class"),
            (
                "NEWOBJ with None",
                PickleWriter.pickle {
                    $0.global("a", "b"); $0.raw([0x4E, 0x81])
                }, "no tuple"
            ),
            ("BUILD of None", pickle("NNb"), "has no state"), ("BUILD of nothing", pickle("Nb"), "stack is empty"),
            ("BINPERSID of None", pickle("NQ"), "not named as PyTorch"),
            ("BINPERSID of a tuple of two", bytes([0x4E, 0x4E, 0x86, 0x51]), "not named as PyTorch"),
            ("memo of nothing", bytes([0x71, 0]), "stack is empty"), ("a memo not set", bytes([0x68, 9]), "not set"),
            ("a far memo not set", bytes([0x6A, 0xFF, 0xFF, 0xFF, 0xFF]), "not set"),
            ("a far memo", bytes([0x4E, 0x72, 0xFF, 0xFF, 0xFF, 0xFF]), "out of bounds"),
        ]
    }()

    /// Lengths and numbers that lie.
    private static let numbers: [Case] = {
        func cut(_ more: [UInt8]) -> [UInt8] { [0x80, 2] + more }
        let long = [UInt8](repeating: 0x61, count: 2 << 20)
        return [
            ("nothing at all", [], "cut short"), ("half a PROTO", [0x80], "cut short"),
            ("a text of four gigabytes", cut([0x58, 0xFF, 0xFF, 0xFF, 0xFF, 0x61]), "claims 4294967295 bytes"),
            ("a text beyond the end", cut([0x58, 200, 0, 0, 0, 0x61]), "cut short"),
            ("a text of two megabytes", cut([0x58, 0, 0, 32, 0] + long + [0x2E]), "claims 2097152 bytes"),
            ("a text that is not UTF-8", cut([0x58, 2, 0, 0, 0, 0xC3, 0x28, 0x2E]), "not UTF-8"),
            ("an overlong text", cut([0x58, 2, 0, 0, 0, 0xC0, 0x80, 0x2E]), "not UTF-8"),
            ("a surrogate in a text", cut([0x58, 3, 0, 0, 0, 0xED, 0xA0, 0x80, 0x2E]), "not UTF-8"),
            ("a short text beyond the end", cut([0x55, 9, 0x61]), "cut short"),
            ("a giant LONG1 beyond the end", cut([0x8A, 255, 1, 2]), "cut short"),
            ("half a BINFLOAT", cut([0x47, 0, 0]), "cut short"), ("half a BININT", cut([0x4A, 0]), "cut short"),
            ("half a BININT2", cut([0x4D, 0]), "cut short"), ("half a BINGET", cut([0x68]), "cut short"),
            ("half a LONG_BINPUT", cut([0x4E, 0x72, 0]), "cut short"), ("no STOP", cut([0x7D]), "cut short"),
            ("a global without an end", cut(Array("cos".utf8)), "cut short or longer"),
            ("a global without a name", cut(Array("cos\nsys".utf8)), "cut short or longer"),
            ("a global of two megabytes", cut([0x63] + long + [0x0A, 0x61, 0x0A, 0x2E]), "cut short or longer"),
            ("a global that is not UTF-8", cut([0x63, 0xFF, 0x0A, 0x61, 0x0A, 0x2E]), "not UTF-8"),
        ]
    }()
}
