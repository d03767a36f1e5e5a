/// What to change in a Dockerfile: `init` starts in place of supervisord, tini or dumb-init, comes from an image, and what it
/// replaces isn't installed any more.
final class DockerfileMigration {
    let file: MigratedFile
    let dockerfile: Dockerfile
    /// First lines of instructions that have been changed or removed.
    private var changed: [Int] = []
    /// Packages that nothing starts any more.
    private(set) var unused: [InstallCommand.Package] = []
    /// The stage whose configuration file came with Debian's package.
    private var packagedStage = -1

    init(_ file: MigratedFile) {
        self.file = file
        dockerfile = Dockerfile(file.edits.lines)
    }

    func change() {
        for stage in 0...(dockerfile.instructions.last?.stage ?? 0) { changeStart(stage) }
        if unused.contains(.supervisor) { changeHealthChecks() }
        removePackages()
        removeDownloads()
        tellOfTheRest()
    }

    // MARK: Edits

    func replace(_ one: DockerInstruction, with text: [UInt8]) {
        remove(one)
        file.edits.replace(one.lines.lowerBound, with: text)
    }

    @inline(never)
    func remove(_ one: DockerInstruction) {
        for line in one.lines { file.edits.remove(line) }
        noteChange(one)
    }

    @inline(never)
    func note(_ one: DockerInstruction, _ text: String) { file.remark(one.lines.lowerBound, text) }

    func noteChange(_ one: DockerInstruction) { changed.append(one.lines.lowerBound) }

    // MARK: What is started

    private func changeStart(_ stage: Int) {
        var (entry, command): (DockerInstruction?, DockerInstruction?) = (nil, nil)
        for one in dockerfile.instructions where one.stage == stage {
            if one.is("ENTRYPOINT") { entry = one }
            if one.is("CMD") { command = one }
        }
        let outer = entry?.words.flatMap { ContainerStart($0) }
        let inner = command?.words.flatMap { ContainerStart($0) }
        var first = Int.max
        func change(_ one: DockerInstruction, _ words: [[UInt8]]) {
            replace(one, with: one.keyword + [ASCII.space] + DockerInstruction.json(words))
            first = min(first, one.lines.lowerBound)
        }
        if let entry, let outer, outer.isSupervisor {
            change(entry, supervisor(outer, stage))
        } else if let command, let inner, inner.isSupervisor {
            let words = supervisor(inner, stage)
            if let entry, let outer, outer.rest.isEmpty {
                unused.append(outer.package)
                change(entry, words)
                remove(command)
                first = min(first, command.lines.lowerBound)
                note(entry, "init -c FILE is the ENTRYPOINT: docker run --entrypoint sh IMAGE gets a shell")
            } else {
                if let entry {
                    if let outer {
                        unused.append(outer.package)
                        change(entry, outer.rest)
                    }
                    note(entry, "init becomes PID 1 if this ends with exec \"$@\"")
                }
                change(command, words)
            }
        } else if let entry, let outer {
            changeSmallInit(entry, outer, change)
        } else if let command, let inner, !inner.rest.isEmpty {
            changeSmallInit(command, inner, change)
        }
        if first < Int.max { addExecutables(before: first, stage) }
    }

    /// The same options and command behind `init`.
    private func changeSmallInit(
        _ one: DockerInstruction, _ start: ContainerStart, _ change: (DockerInstruction, [[UInt8]]) -> Void
    ) {
        guard let options = start.initOptions else {
            return note(one, "its options have no counterpart in init -- COMMAND, so it stays")
        }
        unused.append(start.package)
        change(one, ["init".bytes] + options + ["--".bytes] + start.rest)
    }

    /// Above the comments of the instruction.
    private func addExecutables(before line: Int, _ stage: Int) {
        var line = line
        while line > 0, file.edits.lines[line - 1].stripped.first == ASCII.hash { line -= 1 }
        var hasServer = false
        for one in dockerfile.instructions where one.is("EXPOSE") && one.text.hasNumber(9001) { hasServer = true }
        file.edits.add(
            "COPY --from=reeve /init /ctl\(hasServer ? " /gateway" : "") /usr/local/bin/".bytes, before: line)
        if stage == packagedStage {
            file.edits.add(
                "RUN mkdir -p /etc/supervisor/conf.d /var/log/supervisor && printf '[include]\\nfiles=/etc/supervisor/conf.d/*.conf\\n' >/etc/supervisor/supervisord.conf"
                    .bytes, before: line)
        }
        file.remark(
            line,
            "reeve stands for the image with init and ctl, such as ghcr.io/OWNER/reeve:\(Version.number); the gateway is for configurations with HTTP servers"
        )
    }

    // MARK: Configuration files

    /// The words that start init: the options of supervisord, without those that it doesn't need.
    private func supervisor(_ start: ContainerStart, _ stage: Int) -> [[UInt8]] {
        unused.append(.supervisor)
        if start.smallInit != nil { unused.append(start.package) }
        var words = ["init".bytes]
        var place = 0
        for word in start.rest.dropFirst() where !word.isOne(of: "-n --nodaemon") {
            words.append(word.isSame("-nc") ? "-c".bytes : word)
            if word.isOne(of: "-c -nc --configuration") { place = words.count }
            if word.hasStart("--configuration=") { return words }
        }
        let path = place > 0 && place < words.count ? words[place] : "/etc/supervisor/supervisord.conf".bytes
        guard path.isOne(of: "/etc/supervisor/supervisord.conf /etc/supervisord.conf"), installsDebianPackage(stage),
            !isCopied(path, stage)
        else { return words }
        // The configuration file is the package's, and goes with it.
        let fragments = fragments(stage)
        var file = "/etc/supervisor/supervisord.conf".bytes
        if fragments.count == 1, fragments[0].hasSuffix(".conf") {
            file = fragments[0]
        } else {
            packagedStage = stage
        }
        if place > 0, place < words.count {
            words[place] = file
        } else {
            words += ["-c".bytes, file]
        }
        return words
    }

    private func installsDebianPackage(_ stage: Int) -> Bool {
        for one in dockerfile.instructions where one.stage == stage && one.is("RUN") {
            let words = ShellWord.split(one.text, hasOperators: true)
            for command in InstallCommand.commands(words) where command.tool == .debian {
                for index in command.packages where InstallCommand.package(words[index].text, .debian) == .supervisor {
                    return true
                }
            }
        }
        return false
    }

    /// What is copied, and where to: folders end with a slash.
    private func copies(_ stage: Int) -> [(source: [UInt8], target: [UInt8])] {
        var copies: [(source: [UInt8], target: [UInt8])] = []
        for one in dockerfile.instructions where one.stage == stage && one.keyword.isOne(of: "COPY ADD") {
            let words = one.plainWords
            guard words.count > 1, let last = words.last else { continue }
            let isFolder = last.last != ASCII.slash && (words.count > 2 || words[0].last == ASCII.slash)
            for source in words.dropLast() { copies.append((source, isFolder ? last + [ASCII.slash] : last)) }
        }
        return copies
    }

    /// Whether a file may come from somewhere.
    private func isCopied(_ path: [UInt8], _ stage: Int) -> Bool {
        for (source, target) in copies(stage) {
            if target == path { return true }
            let folder = target.last == ASCII.slash ? target : target + [ASCII.slash]
            let name = source.fileName
            // A folder may have it anywhere below.
            if path.starts(with: folder), name == path.fileName || !name.contains(ASCII.dot) || name.isSame(".") {
                return true
            }
        }
        return false
    }

    /// Files that are copied to Debian's folder for them; the folder itself if it isn't clear which.
    private func fragments(_ stage: Int) -> [[UInt8]] {
        var paths: [[UInt8]] = []
        let folder = "/etc/supervisor/conf.d/".bytes
        for (source, target) in copies(stage) {
            if target == folder || target + [ASCII.slash] == folder {
                paths.append(folder + (source.contains(ASCII.star) ? [] : source.fileName))
            } else if target.starts(with: folder) {
                paths.append(target)
            }
        }
        return paths
    }

    // MARK: The rest

    private func changeHealthChecks() {
        for one in dockerfile.instructions where one.is("HEALTHCHECK") && one.names("supervisorctl") {
            guard !one.hasComments, let text = HealthInstruction(one.text) else {
                note(one, "its command isn't understood; CMD [\"ctl\", \"health\"] fails while a program isn't ready")
                noteChange(one)
                continue
            }
            replace(one, with: "HEALTHCHECK ".bytes + text.options + "CMD ".bytes + DockerInstruction.json(text.words))
            note(one, "ctl health succeeds when the programs are ready, or done")
        }
    }

    private func tellOfTheRest() {
        for one in dockerfile.instructions
        where !changed.contains(one.lines.lowerBound) && !one.keyword.isOne(of: "FROM LABEL MAINTAINER") {
            if one.names("supervisorctl") {
                note(
                    one,
                    "supervisorctl: ctl understands the same; RUN ln -s ctl /usr/local/bin/supervisorctl keeps the name"
                )
            } else if one.names("supervisord") {
                note(
                    one,
                    "supervisord: it isn't clear how this starts it, so it stays; init takes the same options, without -n"
                )
            } else if one.names("tini") || one.names("dumb-init") {
                note(one, "tini, dumb-init: it stays, since it isn't clear what it is needed for")
            } else if one.names("wait-for-it.sh") || one.names("dockerize") {
                note(one, "depends_on= and health checks do what this does, for programs of one container")
            }
        }
    }
}
