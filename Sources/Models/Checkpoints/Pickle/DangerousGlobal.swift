/// A name that a pickle uses to run code.
///
/// Names outside the known ones are never called, so nothing here keeps code from running; but a file that holds one of
/// these is an attack or a mistake, and its reader wants to be told so.
struct DangerousGlobal: Error {
    /// `module.name`.
    let name: String

    /// Modules that start programs, load code or open the system, with everything below them.
    private static let modules: Set<String> = [
        "os", "posix", "posixpath", "nt", "ntpath", "sys", "subprocess", "importlib", "imp", "runpy", "webbrowser",
        "pickle", "_pickle", "cPickle", "pickletools", "marshal", "ctypes", "_ctypes", "cffi", "socket", "_socket",
        "socketserver", "shutil", "pty", "commands", "popen2", "code", "codeop", "pdb", "bdb", "cProfile", "profile",
        "timeit", "trace", "doctest", "operator", "_operator", "inspect", "platform", "multiprocessing",
        "_posixsubprocess", "asyncio", "threading", "_thread", "signal", "http", "urllib", "urllib2", "httplib",
        "requests", "aiohttp", "ftplib", "smtplib", "telnetlib", "xmlrpc", "ssl", "pip", "setuptools", "distutils",
        "ensurepip", "venv", "site", "zipimport", "pkgutil", "pydoc", "cloudpickle", "dill", "joblib", "shelve",
        "tempfile", "mmap", "gc", "atexit", "resource", "fcntl", "sqlite3", "IPython",
    ]

    /// Functions of other modules that load or compile code.
    private static let functions: Set<String> = [
        "torch.load", "torch.serialization.load", "torch.jit.load", "torch.jit._serialization.load",
        "torch.package.PackageImporter", "torch.storage._load_from_bytes", "numpy.load", "numpy.loads", "io.open",
        "_io.open", "io.FileIO", "_io.FileIO", "functools.reduce", "types.CodeType", "types.FunctionType",
        "types.LambdaType", "types.MethodType", "codecs.open", "copyreg.__reduce_ex__",
    ]

    private static let functionPrefixes = [
        "torch.hub.", "torch.utils.cpp_extension.", "torch.ops.", "torch.classes.", "torch._inductor.",
        "torch.multiprocessing.", "numpy.testing.", "numpy.f2py.", "numpy.distutils.", "numpy.ctypeslib.",
    ]

    /// Types of `builtins` that hold values; everything else there is refused.
    private static let harmlessBuiltins: Set<String> = [
        "set", "frozenset", "bytearray", "complex", "dict", "list", "tuple", "int", "long", "float", "bool", "str",
        "unicode", "bytes", "slice", "range", "xrange", "object", "type", "NoneType", "Ellipsis", "NotImplemented",
    ]

    /// Whether a name is one that only code would use.
    static func covers(module: String, name: String) -> Bool {
        let root = String(module.prefix { $0 != "." })
        if ["builtins", "__builtin__", "__builtins__"].contains(root) { return !harmlessBuiltins.contains(name) }
        if modules.contains(root) { return true }
        // A dotted name reaches through an imported module: `torch.serialization` and `os.system`.
        let parts = name.split(separator: ".")
        if parts.dropLast().contains(where: { modules.contains(String($0)) || $0.hasPrefix("__") }) { return true }
        let whole = "\(module).\(name)"
        return functions.contains(whole) || functionPrefixes.contains { whole.hasPrefix($0) }
    }
}
