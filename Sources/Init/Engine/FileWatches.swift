import Kernel
import Supervise

/// Files that programs watch: looks for changes in their folders, and reports them.
///
/// Each path has one folder beside it, or above it, and itself if it is a folder; what is missing or replaced is looked
/// for again. File systems that don't answer cost a turn a few milliseconds, once.
final class FileWatches: Watcher, DeadlineOwner {
    /// Milliseconds between attempts to look at what could not be looked at.
    private static let patience = 1000
    /// Milliseconds in which what was removed is usually replaced.
    private static let replacement = 100
    /// Paths that one turn looks at.
    private static let portion = 16

    private struct WatchedPath {
        let path: String
        var isOptional: Bool
        /// The processes that watch it.
        var watchers: [ProcessID] = []
        /// The folders' numbers.
        var points: [(number: Int32, point: WatchPoint)] = []
        /// When to look for it again; nil: it is watched.
        var searchAt: Instant?
        /// Something was there; nil: nobody has looked yet.
        var isThere: Bool?
        var hasComplained = false
    }

    private let engine: Engine
    private let folders: FolderWatch
    private var watch: Watch?
    private var paths: [WatchedPath] = []
    /// Programs have come or gone, or have other settings.
    var isOutdated = true

    init(_ engine: Engine) throws(Errno) {
        self.engine = engine
        folders = try FolderWatch()
        watch = try engine.loop.watch(folders.descriptor, for: .read, self)
    }

    func close() {
        if let watch { engine.loop.cancel(watch) }
        watch = nil
        paths = []
    }

    func deadline(_ now: Instant) -> Instant? {
        if isOutdated { return now }
        var earliest: Instant?
        for path in paths { if let at = path.searchAt { earliest = min(earliest ?? at, at) } }
        return earliest
    }

    func tick(_ now: Moment) {
        if isOutdated { collect(now.instant) }
        var left = Self.portion
        for index in paths.indices {
            guard let at = paths[index].searchAt, now.instant >= at, left > 0 else { continue }
            left -= 1
            // One that hangs is enough for a turn.
            if !search(index, now.instant) { left = 0 }
        }
    }

    /// Collects what all programs watch.
    private func collect(_ now: Instant) {
        isOutdated = false
        for index in paths.indices { paths[index].watchers = [] }
        for id in engine.supervisor.processes {
            guard let settings = engine.supervisor.settings(of: id)?.watch else { continue }
            for written in settings.paths {
                let isOptional = written.utf8.first == UInt8(ascii: "-")
                let path = isOptional ? String(decoding: written.utf8.dropFirst(), as: UTF8.self) : written
                if let index = paths.firstIndex(where: { $0.path == path }) {
                    if !paths[index].watchers.contains(id) { paths[index].watchers.append(id) }
                } else {
                    paths.append(WatchedPath(path: path, isOptional: isOptional, watchers: [id], searchAt: now))
                }
            }
        }
        let dropped = paths.filter { $0.watchers.isEmpty }.flatMap { $0.points.map { $0.number } }
        paths.removeAll { $0.watchers.isEmpty }
        remove(dropped)
    }

    /// Ends what nobody needs any more.
    private func remove(_ numbers: [Int32]) {
        for number in numbers where !paths.contains(where: { $0.points.contains { $0.number == number } }) {
            folders.remove(number)
        }
    }

    // MARK: Where they are

    /// False if the file system doesn't answer.
    private func search(_ index: Int, _ now: Instant) -> Bool {
        let earlier = paths[index].points.map { $0.number }
        let path = paths[index].path
        paths[index].searchAt = nil
        do throws(Errno) {
            try watch(index, now)
            let isThere = try status(of: path) != nil
            if isThere, paths[index].isThere == false { changed(index) }
            if !isThere, paths[index].isThere != false, !paths[index].isOptional {
                complain(index, "isn't there")
            }
            paths[index].isThere = isThere
            if isThere { paths[index].hasComplained = false }
            remove(earlier)
            return true
        } catch {
            paths[index].searchAt = now.advanced(milliseconds: Self.patience)
            let why =
                switch error {
                case _ where Errand.isLate(error): "is on a file system that doesn't answer"
                case .noSpace: "can't be watched: fs.inotify.max_user_watches allows no more"
                default: "can't be watched: \(error.text)"
                }
            complain(index, why)
            return !Errand.isLate(error)
        }
    }

    private func complain(_ index: Int, _ why: String) {
        guard !paths[index].hasComplained, let id = paths[index].watchers.first else { return }
        paths[index].hasComplained = true
        engine.log.warn("\(paths[index].path), which '\(engine.supervisor.name(of: id))' watches, \(why)")
    }

    /// Watches the nearest folder that is there, beside the path or above it, and the path itself if it is a folder.
    private func watch(_ index: Int, _ now: Instant) throws(Errno) {
        var points: [(number: Int32, point: WatchPoint)] = []
        let path = paths[index].path
        var place = WatchPoint.split(path.bytes)
        while points.isEmpty, let (folder, name) = place {
            let text = String(decoding: folder, as: UTF8.self)
            if let number = try add(text) {
                let isBeside = folder.count + 1 + name.count >= path.utf8.count
                points.append((number, isBeside ? .beside(name) : .above(name)))
                // It may have appeared meanwhile.
                let next = (folder.count > 1 ? text : "") + "/" + String(decoding: name, as: UTF8.self)
                if !isBeside, try status(of: next)?.isDirectory == true { paths[index].searchAt = now }
            }
            place = WatchPoint.split(folder)
        }
        if let number = try add(path) { points.append((number, .inside)) }
        paths[index].points = points
    }

    /// nil: there is no such folder.
    private func add(_ folder: String) throws(Errno) -> Int32? {
        do throws(Errno) {
            return try folders.add(folder)
        } catch .noEntry, .notDirectory {
            return nil
        }
    }

    private func status(of path: String) throws(Errno) -> Errand.Status? {
        do throws(Errno) {
            return try Errand.status(of: path)
        } catch .noEntry, .notDirectory {
            return nil
        }
    }

    // MARK: What happens to them

    func ready(_ readiness: Readiness, on watch: Watch) {
        let now = Engine.now.instant
        for event in folders.read() {
            for index in paths.indices {
                let meaning = meaning(of: event, for: paths[index])
                if meaning.contains(.lost) {
                    let pause = event.kind == .left ? Self.replacement : 0
                    paths[index].searchAt = now.advanced(milliseconds: pause)
                }
                if meaning.contains(.changed) { changed(index) }
            }
        }
    }

    private func meaning(of event: FolderWatch.Event, for path: WatchedPath) -> WatchPoint.Meaning {
        let change: WatchPoint.Change
        switch event.kind {
        case .written: change = .written
        case .arrived: change = .arrived
        case .left: change = .left
        case .overflow: return [.changed, .lost]
        case .moved, .ended: return path.points.contains { $0.number == event.number } ? .lost : []
        }
        var meaning: WatchPoint.Meaning = []
        for (number, point) in path.points where number == event.number {
            meaning.formUnion(point.meaning(of: change, event.name))
        }
        return meaning
    }

    private func changed(_ index: Int) {
        for id in paths[index].watchers { engine.tell(.filesChanged(id, path: paths[index].path)) }
    }
}
