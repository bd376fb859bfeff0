import GRDB
import Glibc

extension StoreError {
    /// The error for an `errno`, with a hint for the common ones.
    static func system(_ code: Int32, what: String, at place: String) -> StoreError {
        let reason: Reason
        let hint: String
        switch code {
        case ENOSPC, EDQUOT:
            (reason, hint) = (.diskFull, "the volume or the quota is full; free some space")
        case EACCES, EPERM, EROFS:
            (reason, hint) = (.permission, "make it writable for the user that runs this process")
        case ENOENT:
            (reason, hint) = (.notFound, "there is no such file or folder")
        case ENOTDIR:
            (reason, hint) = (.inTheWay, "a part of the path is a file; name a folder")
        case EEXIST, EISDIR, ENOTEMPTY, ELOOP:
            (reason, hint) = (.inTheWay, "something else lies there; move it away")
        case EMFILE, ENFILE:
            (reason, hint) = (.system(code: code), "too many open files; raise the limit with ulimit -n")
        case ENAMETOOLONG:
            (reason, hint) = (.badName, "the path is too long; use a shorter folder")
        case EIO:
            (reason, hint) = (.system(code: code), "the device reports an error; check the disk")
        default:
            (reason, hint) = (.system(code: code), "the system says: \(String(cString: strerror(code)))")
        }
        return StoreError(reason, what: what, at: place, hint: hint)
    }

    /// The error for one of the database's.
    static func database(_ error: DatabaseError, what: String, at place: String) -> StoreError {
        let said = error.message ?? "\(error.resultCode)"
        switch error.resultCode {
        case .SQLITE_FULL:
            return StoreError(.diskFull, what: what, at: place, hint: "the volume is full; free some space")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return .corruptDatabase(said, at: place)
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH, .SQLITE_CANTOPEN:
            return StoreError(
                .permission, what: "\(what): \(said)", at: place,
                hint: "make the folder and the database writable for the user that runs this process")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return StoreError(
                .locked(pid: nil), what: "\(what): \(said)", at: place,
                hint: "another program holds the database open; close it")
        case .SQLITE_CONSTRAINT:
            return StoreError(
                .ruleViolated, what: "\(what): \(said)", at: place,
                hint: "the record contradicts what is stored; nothing was changed")
        default:
            return StoreError(
                .system(code: error.extendedResultCode.rawValue), what: "\(what): \(said)", at: place,
                hint: "check the disk and its free space")
        }
    }

    /// The error for a damaged database file: nothing is guessed.
    static func corruptDatabase(_ said: String, at place: String) -> StoreError {
        StoreError(
            .corrupt, what: "the database is damaged: \(said)", at: place,
            hint:
                "outputs and blobs are not touched; restore farm.sqlite from a backup, or salvage what can be read with "
                + "“sqlite3 farm.sqlite .recover | sqlite3 new.sqlite” and put new.sqlite in its place, or move the folder "
                + "away to begin with an empty farm")
    }
}
