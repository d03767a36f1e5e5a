import Kernel
import Supervise

/// A path that programs watch, and the folders in which its changes are seen.
final class WatchedPath {
    let path: String
    let isOptional: Bool
    /// The processes that watch it.
    var watchers: [ProcessID] = []
    /// When to look for it again; nil: it is watched.
    var searchAt: Instant?
    /// The number of the folder beside it or above it, and of itself; -1: there is none.
    private(set) var outside: Int32 = -1
    private(set) var inside: Int32 = -1
    private var point = WatchPoint.beside
    /// The name, in the folder outside, of the path or of the next folder on the way to it.
    private var name: [UInt8] = []
    /// Something was there; nil: nobody has looked yet.
    private(set) var isThere: Bool?
    /// It is to be reported.
    var hasChanged = false
    var hasComplained = false

    init(_ path: String, isOptional: Bool, _ now: Instant) {
        self.path = path
        self.isOptional = isOptional
        searchAt = now
    }

    func uses(_ number: Int32) -> Bool { number >= 0 && (number == outside || number == inside) }

    /// Watches the nearest folder outside that is there, and the path itself if it is a folder.
    ///
    /// - Returns: whether something is there.
    func search(_ folders: borrowing FolderWatch, _ now: Instant) throws(Errno) -> Bool {
        searchAt = nil
        var place = path.bytes
        outside = -1
        point = .beside
        while outside < 0, let (folder, next) = WatchPoint.split(place) {
            outside = try Self.add(String(decoding: folder, as: UTF8.self), folders)
            name = next
            if outside < 0 {
                point = .above
                place = folder
            }
        }
        // It may have appeared meanwhile.
        if point == .above, try Self.status(String(decoding: place, as: UTF8.self))?.isDirectory == true {
            searchAt = now
        }
        inside = try Self.add(path, folders)
        isThere = try Self.status(path) != nil
        return isThere == true
    }

    /// -1: there is no such folder.
    private static func add(_ folder: String, _ folders: borrowing FolderWatch) throws(Errno) -> Int32 {
        do throws(Errno) {
            return try folders.add(folder)
        } catch .noEntry, .notDirectory {
            return -1
        }
    }

    private static func status(_ path: String) throws(Errno) -> Errand.Status? {
        do throws(Errno) {
            return try Errand.status(of: path)
        } catch .noEntry, .notDirectory {
            return nil
        }
    }

    func meaning(of change: WatchPoint.Change, _ event: FolderWatch.Event) -> WatchPoint.Meaning {
        let within = event.number == inside ? WatchPoint.inside.meaning(of: change, event.name, own: []) : .nothing
        // A folder may be both, in a loop of links.
        guard within == .nothing, event.number == outside else { return within }
        return point.meaning(of: change, event.name, own: name)
    }
}
