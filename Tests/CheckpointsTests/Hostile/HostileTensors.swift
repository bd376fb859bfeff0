/// State dicts whose tensors do not lie where they say.
enum HostileTensors {
    static let all: [HostileFile] = layouts + storages + arguments

    /// A tensor `t` of a storage of two elements beside the sound one.
    private static func layout(_ what: String, _ offset: Int, _ extents: [Int], _ strides: [Int], _ expected: String)
        -> HostileFile
    {
        let pickle = TorchWriter.stateDict {
            $0.text("t")
            $0.tensor(offset: offset, extents, strides: strides) { $0.storage("0", count: 2) }
        }
        return HostileFile(what, TorchWriter.zip(pickle), expected)
    }

    private static let layouts: [HostileFile] = [
        layout("one element too many", 0, [3], [1], "beyond its storage of 2"),
        layout("an offset at the end", 2, [1], [1], "beyond its storage"),
        layout("an offset that shifts the last element out", 1, [2], [1], "beyond its storage"),
        layout("a stride that reaches out", 0, [2], [2], "beyond its storage"),
        layout("two strides that reach out together", 0, [2, 2], [1, 1], "beyond its storage"),
        layout("a negative offset", -1, [1], [1], "negative"),
        layout("a negative extent", 0, [-1], [1], "negative"),
        layout("two negative extents", 0, [-1, -2], [1, 1], "negative"),
        layout("a negative stride", 1, [2], [-1], "negative"),
        layout("the most negative offset", .min, [1], [1], "negative"),
        layout("the largest offset", .max, [1], [1], "beyond its storage"),
        layout("the largest offset and stride", .max, [2], [.max], "impossible"),
        layout("the largest extent", 0, [.max], [0], "impossible"),
        layout("extents whose product overflows", 0, [1 << 32, 1 << 32], [0, 0], "impossible"),
        layout("extents whose product wraps around to two", 0, [(1 << 62) + 1, 2], [0, 1], "impossible"),
        layout("a stride whose product overflows", 0, [3], [.max], "impossible"),
        layout("strides whose sum overflows", 0, [2, 2], [.max, .max], "impossible"),
        layout("two elements repeated two billion times", 0, [1 << 30, 2], [0, 1], "repeats a storage of 2"),
        layout("two elements repeated three million times", 0, [3 << 20], [0], "repeats a storage of 2"),
        layout("fewer strides than extents", 0, [1, 1], [1], "2 extents, but 1 strides"),
        layout("more strides than extents", 0, [1], [1, 1], "1 extents, but 2 strides"),
        layout("nine axes", 0, [Int](repeating: 1, count: 9), [Int](repeating: 1, count: 9), "not whole numbers"),
        layout("an empty tensor beyond the storage", 3, [0], [1], "beyond its storage"),
    ]

    private static func storage(_ what: String, _ key: String, _ type: String, _ count: Int, _ expected: String)
        -> HostileFile
    {
        let pickle = TorchWriter.stateDict {
            $0.text("t")
            $0.tensor([1], strides: [1]) { $0.storage(key, type: type, count: count) }
        }
        return HostileFile(what, TorchWriter.zip(pickle), expected)
    }

    private static let storages: [HostileFile] = [
        storage("a storage that is not there", "7", "FloatStorage", 2, "'7', which is missing"),
        storage("a storage outside the archive", "../../etc/passwd", "FloatStorage", 2, "which is missing"),
        storage("a storage named by the root", "/", "FloatStorage", 2, "which is missing"),
        storage("a storage without a name", "", "FloatStorage", 2, "which is missing"),
        storage("a storage of one element too many", "0", "FloatStorage", 3, "claims 3 elements"),
        storage("a storage of one element too few", "0", "FloatStorage", 1, "claims 1 elements"),
        storage("a storage of another type", "0", "DoubleStorage", 2, "claims 2 elements of F64"),
        storage("a storage of no elements", "0", "FloatStorage", 0, "claims 0 elements"),
        storage("a storage of negative length", "0", "FloatStorage", -2, "no number of elements"),
        storage("a storage whose size overflows", "0", "DoubleStorage", .max, "claims 9223372036854775807"),
        storage("a storage whose size wraps around to eight", "0", "DoubleStorage", (1 << 61) + 1, "claims"),
        storage("a storage of a name with a line feed", "a\nb", "FloatStorage", 2, "a\\u{a}b"),
    ]

    private static func call(_ what: String, _ expected: String, _ body: (inout PickleWriter) -> Void) -> HostileFile {
        let pickle = TorchWriter.stateDict {
            $0.text("t")
            body(&$0)
        }
        return HostileFile(what, TorchWriter.zip(pickle), expected)
    }

    private static let arguments: [HostileFile] = [
        call("a tensor without arguments", "0 arguments") { $0.raw("ctorch._utils\n_rebuild_tensor_v2\n)R") },
        call("a tensor in None", "lies in None") { $0.raw("ctorch._utils\n_rebuild_tensor_v2\n(NNNNtR") },
        call("a tensor in a tensor", "lies in a tensor") { $0.tensor([1], strides: [1]) { $0.soundTensor() } },
        call("extents that are None", "not whole numbers") {
            $0.raw("ctorch._utils\n_rebuild_tensor_v2\n(")
            $0.storage("0", count: 2)
            $0.raw("NNNtR")
        },
        call("an extent beyond 64 bits", "not whole numbers") {
            $0.raw("ctorch._utils\n_rebuild_tensor_v2\n(")
            $0.storage("0", count: 2)
            $0.integer(0)
            $0.raw([0x8A, 9, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0x85])
            $0.integers([1])
            $0.raw("tR")
        },
        call("a storage with a text for a class", "has no type") {
            $0.raw("(")
            for text in ["storage", "FloatStorage", "0", "cpu"] { $0.text(text) }
            $0.integer(2)
            $0.raw("tQ")
        },
        call("a storage with a number for a key", "not named as PyTorch") {
            $0.raw("(")
            $0.text("storage")
            $0.global("torch", "FloatStorage")
            $0.integer(0)
            $0.text("cpu")
            $0.integer(2)
            $0.raw("tQ")
        },
        call("another kind of persistent object", "not named as PyTorch") {
            $0.raw("(")
            $0.text("module")
            $0.global("torch", "FloatStorage")
            $0.text("0")
            $0.text("cpu")
            $0.integer(2)
            $0.raw("tQ")
        },
        call("a parameter of nothing", "parameter has no tensor") { $0.raw("ctorch._utils\n_rebuild_parameter\n)R") },
        call("a third version without a dtype", "arguments") {
            $0.raw("ctorch._utils\n_rebuild_tensor_v3\n(")
            $0.storage("0", count: 2)
            $0.integer(0)
            $0.integers([2])
            $0.integers([1])
            $0.raw("tR")
        },
        call("a third version with a number for a dtype", "no dtype") {
            $0.raw("ctorch._utils\n_rebuild_tensor_v3\n(")
            $0.storage("0", count: 2)
            $0.integer(0)
            $0.integers([2])
            $0.integers([1])
            $0.raw("NNNtR")
        },
        call("a dictionary made of a number", "made of a number") {
            $0.raw("ccollections\nOrderedDict\nK\u{1}"); $0.raw([0x85]); $0.raw("R")
        },
        call("a dictionary made of triples", "no pair") {
            $0.raw("ccollections\nOrderedDict\n](NNNta"); $0.raw([0x85]); $0.raw("R")
        },
        call("a torch.Size of None", "misshapen") {
            $0.raw("ctorch\nSize\nN"); $0.raw([0x85]); $0.raw("R")
        },
    ]
}
