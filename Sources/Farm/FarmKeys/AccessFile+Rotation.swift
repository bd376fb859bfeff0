// The coordinator changes its key: whoever was told of the next one needs no new file.
extension AccessFile {
    /// Takes in the key that the coordinator announces; whether the file is behind now.
    public mutating func note(next key: PublicKey?) -> Bool {
        guard let key, key != server, key != nextServer else { return false }
        nextServer = key
        return true
    }

    /// Turns to the announced key, since whoever answers does not have the present one; false if none was announced.
    ///
    /// The old key stays as the second choice: who answers may be an impostor, which can have neither.
    public mutating func turnToNext() -> Bool {
        guard let next = nextServer else { return false }
        (server, nextServer) = (next, server)
        return true
    }
}
