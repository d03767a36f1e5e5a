import Kernel
import Supervise

/// Files that programs watch: looks for changes in their folders, and reports them.
///
/// What is missing or replaced is looked for again. File systems that don't answer cost a turn a few milliseconds, once.
final class FileWatches: Watcher, DeadlineOwner {
    /// Milliseconds between attempts to look at what could not be looked at.
    private static let patience = 1000
    /// Milliseconds in which what was removed is usually replaced.
    private static let replacement = 100
    /// Paths that one turn looks at.
    private static let portion = 16

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
        for path in paths {
            guard let at = path.searchAt, now.instant >= at, left > 0 else { continue }
            left -= 1
            // One that hangs is enough for a turn.
            if !search(path, now.instant) { left = 0 }
        }
    }

    /// Collects what all programs watch.
    private func collect(_ now: Instant) {
        isOutdated = false
        for path in paths { path.watchers = [] }
        for id in engine.supervisor.processes {
            for written in engine.supervisor.settings(of: id)?.watch?.paths ?? [] {
                let isOptional = written.utf8.first == UInt8(ascii: "-")
                let path = find(
                    isOptional ? String(decoding: written.bytes.dropFirst(), as: UTF8.self) : written, isOptional, now)
                if !path.watchers.contains(id) { path.watchers.append(id) }
            }
        }
        let all = paths
        paths = []
        for path in all where !path.watchers.isEmpty { paths.append(path) }
        for path in all where path.watchers.isEmpty { remove(path.outside, path.inside) }
    }

    private func find(_ text: String, _ isOptional: Bool, _ now: Instant) -> WatchedPath {
        for path in paths where path.path == text && path.isOptional == isOptional { return path }
        let path = WatchedPath(text, isOptional: isOptional, now)
        paths.append(path)
        return path
    }

    /// Ends what nobody needs any more.
    private func remove(_ numbers: Int32...) {
        for number in numbers where number >= 0 && !paths.contains(where: { $0.uses(number) }) {
            folders.remove(number)
        }
    }

    /// False if the file system doesn't answer.
    private func search(_ path: WatchedPath, _ now: Instant) -> Bool {
        let (outside, inside, wasThere) = (path.outside, path.inside, path.isThere)
        // Also if it could not be looked for: then nobody would know these numbers any more.
        defer { remove(outside, inside) }
        do throws(Errno) {
            if try path.search(folders, now) {
                path.hasComplained = false
                if wasThere == false { changed(path) }
            } else if wasThere != false, !path.isOptional {
                complain(path, "isn't there")
            }
            return true
        } catch {
            path.searchAt = now.advanced(milliseconds: Self.patience)
            let isLate = Errand.isLate(error)
            let why = error == .noSpace ? "fs.inotify.max_user_watches allows no more" : error.text
            complain(path, isLate ? "is on a file system that doesn't answer" : "can't be watched: \(why)")
            return !isLate
        }
    }

    private func complain(_ path: WatchedPath, _ why: String) {
        guard !path.hasComplained, let id = path.watchers.first else { return }
        path.hasComplained = true
        engine.log.warn("\(path.path), which '\(engine.supervisor.name(of: id))' watches, \(why)")
    }

    // MARK: What happens to them

    func ready(_ readiness: Readiness, on watch: Watch) {
        let now = Engine.now.instant
        for event in folders.read() {
            for path in paths {
                let pause = event.kind == .left ? Self.replacement : 0
                switch meaning(of: event, for: path) {
                case .nothing: break
                case .changed: path.hasChanged = true
                case .lost: path.searchAt = now.advanced(milliseconds: pause)
                case .replaced:
                    path.searchAt = now
                    path.hasChanged = true
                }
            }
        }
        // Once, however much has changed.
        for path in paths where path.hasChanged {
            path.hasChanged = false
            changed(path)
        }
    }

    private func meaning(of event: FolderWatch.Event, for path: WatchedPath) -> WatchPoint.Meaning {
        switch event.kind {
        case .written: path.meaning(of: .written, event)
        case .arrived: path.meaning(of: .arrived, event)
        case .left: path.meaning(of: .left, event)
        case .overflow: .replaced
        case .moved, .ended: path.uses(event.number) ? .lost : .nothing
        }
    }

    private func changed(_ path: WatchedPath) {
        for id in path.watchers { engine.tell(.filesChanged(id, path: path.path)) }
    }
}
