/// Pickles whose values hold one another in ways that cost much to look at, and those that hold no weights.
extension HostilePickles {
    /// Cycles and deep nesting.
    static let nesting: [Case] = {
        func pickle(_ body: (inout PickleWriter) -> Void) -> [UInt8] { PickleWriter.pickle(body) }
        func deep(_ count: Int) -> [UInt8] {
            pickle {
                $0.raw(String(repeating: "]", count: count))
                $0.raw(String(repeating: "a", count: count - 1))
            }
        }
        return [
            (
                "a list that holds itself",
                pickle {
                    $0.raw("]"); $0.raw([0x71, 0, 0x68, 0]); $0.raw("a")
                }, "holds itself"
            ),
            (
                "a dictionary that holds itself",
                pickle {
                    $0.raw("}"); $0.raw([0x71, 0]); $0.text("k"); $0.raw([0x68, 0]); $0.raw("s")
                }, "holds itself"
            ),
            (
                "a state dict that holds itself",
                pickle {
                    $0.raw("}"); $0.raw([0x71, 0]); $0.text("state_dict"); $0.raw([0x68, 0]); $0.raw("s")
                },
                "holds itself"
            ),
            (
                "two lists that hold each other",
                pickle {
                    $0.raw("]"); $0.raw([0x71, 0]); $0.raw("]"); $0.raw([0x68, 0]); $0.raw("aa")
                }, "holds itself"
            ),
            (
                "a cycle beside a sound tensor",
                TorchWriter.stateDict {
                    $0.text("x"); $0.raw("]"); $0.raw([0x71, 0, 0x68, 0]); $0.raw("a")
                },
                "holds itself"
            ),
            (
                "a key that holds itself",
                TorchWriter.stateDict {
                    $0.raw("]"); $0.raw([0x71, 0, 0x68, 0]); $0.raw("aN")
                }, "holds itself"
            ),
            (
                "a module that holds itself",
                pickle {
                    $0.global("__torch__", "M")
                    $0.raw(")")
                    $0.raw([0x81, 0x71, 0])
                    $0.raw("}")
                    $0.text("again")
                    $0.raw([0x68, 0])
                    $0.raw("sb")
                }, "holds itself"
            ),
            ("lists 300 deep", deep(300), "nested 300 levels deep"),
            ("lists 200000 deep", deep(200_000), "nested 200000 levels deep"),
            (
                "tuples 500000 deep",
                pickle {
                    $0.raw(")"); $0.raw([UInt8](repeating: 0x85, count: 500_000))
                }, "levels deep"
            ),
            (
                "dictionaries 1000 deep",
                pickle {
                    $0.raw("}")
                    for _ in 0..<1000 { $0.text("k"); $0.raw("}") }
                    $0.raw(String(repeating: "s", count: 1000))
                }, "nested 1001 levels deep"
            ),
        ]
    }()

    /// More of something than any checkpoint has.
    static let floods: [Case] = {
        func pickle(_ body: (inout PickleWriter) -> Void) -> [UInt8] { PickleWriter.pickle(body) }
        func many(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }
        return [
            ("marks without end", pickle { $0.raw(many("(", 1000)) }, "marks are open"),
            ("values without end", pickle { $0.raw(many("N", 300_000)) }, "stacks"),
            (
                "a list without end",
                pickle {
                    $0.raw("]"); $0.raw(many("Na", 1_100_000))
                }, "more than 524288 values"
            ),
            (
                "opcodes without end",
                pickle {
                    $0.raw("]"); for _ in 0..<4_200_000 { $0.raw([0x71, 0]) }
                }, "opcodes"
            ),
            (
                "copies of copies of a dictionary",
                pickle {
                    $0.raw("}(")
                    for _ in 0..<20_000 { $0.raw("NN") }
                    $0.raw("u")
                    $0.raw([0x71, 0])
                    $0.global("collections", "OrderedDict")
                    $0.raw([0x71, 1])
                    $0.raw("]")
                    for _ in 0..<20_000 {
                        $0.raw([0x68, 1, 0x68, 0, 0x85])
                        $0.raw("RNNsa")
                    }
                }, "copies"
            ),
            (
                "storages without end",
                pickle {
                    $0.raw("]")
                    $0.storage("0", count: 2)
                    $0.raw("a(")
                    for text in ["storage", "", "0", "cpu"] {
                        if text.isEmpty { $0.global("torch", "FloatStorage") } else { $0.text(text) }
                    }
                    $0.integer(2)
                    $0.raw("t")
                    $0.raw([0x71, 0])
                    $0.raw("a")
                    for _ in 0..<70_000 { $0.raw([0x68, 0, 0x51, 0x61]) }
                }, "names more than 65536 storages"
            ),
            (
                "a laugh of a billion",
                pickle {
                    $0.raw("]")
                    $0.raw([0x71, 0])
                    for level in UInt8(0)..<60 {
                        $0.raw("](")
                        for _ in 0..<10 { $0.raw([0x68, level]) }
                        $0.raw("e")
                        $0.raw([0x71, level + 1])
                        $0.raw("a")
                    }
                }, ""
            ),
            (
                "a name of 2000 bytes",
                TorchWriter.stateDict {
                    $0.text(String(repeating: "n", count: 2000)); $0.soundTensor()
                },
                "name of 2000 bytes"
            ),
        ]
    }()

    /// Sound pickles that hold no weights, or weights that are not read.
    static let roots: [Case] = {
        func pickle(_ body: (inout PickleWriter) -> Void) -> [UInt8] { PickleWriter.pickle(body) }
        return [
            ("None", pickle { $0.raw("N") }, "holds None instead"), ("a list", pickle { $0.raw("]") }, "holds a list"),
            ("an empty dictionary", pickle { $0.raw("}") }, "holds no tensors"),
            ("a tensor alone", pickle { $0.soundTensor() }, "holds a tensor instead"),
            (
                "a whole module",
                pickle {
                    $0.global("torch.nn.modules", "Linear"); $0.raw(")"); $0.raw([0x81])
                },
                "an object of torch.nn.modules.Linear"
            ),
            (
                "a whole module with its source",
                pickle {
                    $0.raw("(")
                    $0.text("module")
                    $0.global("models.vqgan", "VQModel")
                    $0.text("vqgan.py")
                    $0.text("import os")
                    $0.raw("tQ)")
                    $0.raw([0x81])
                    $0.raw("}b")
                }, "an object of models.vqgan.VQModel"
            ),
            (
                "numbers only",
                pickle {
                    $0.raw("}"); $0.text("a"); $0.integer(3); $0.raw("s")
                }, "holds no tensors"
            ),
            (
                "a tensor under a number",
                TorchWriter.stateDict {
                    $0.raw("K"); $0.raw([1]); $0.soundTensor()
                }, "named by a number"
            ),
            (
                "a name twice",
                TorchWriter.stateDict {
                    $0.text("w"); $0.soundTensor()
                }, "'w' occurs twice"
            ),
            (
                "a name with a line feed, twice",
                TorchWriter.stateDict { for _ in 0..<2 { $0.text("a\n\u{1B}[2J"); $0.soundTensor() } },
                "'a\\u{a}\\u{1b}[2J' occurs twice"
            ),
            (
                "a weight that is an object",
                pickle {
                    $0.raw("}")
                    $0.text("state_dict")
                    $0.raw("}(")
                    $0.text("w")
                    $0.soundTensor()
                    $0.text("v")
                    $0.global("a.b", "Quantized")
                    $0.raw(")Rus")
                }, "weight 'v' is an object of a.b.Quantized"
            ),
            (
                "a weight in a storage of another kind",
                pickle {
                    $0.raw("}")
                    $0.text("state_dict")
                    $0.raw("}(")
                    $0.text("w")
                    $0.soundTensor()
                    $0.text("v")
                    $0.tensor([1], strides: [1]) { $0.storage("9", type: "ComplexFloatStorage", count: 1) }
                    $0.raw("us")
                }, "weight 'v' is an object of torch.ComplexFloatStorage"
            ),
        ]
    }()
}
