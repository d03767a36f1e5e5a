/// Packages and downloads that nothing needs any more.
extension DockerfileMigration {
    func removePackages() {
        for one in dockerfile.instructions where one.is("RUN") {
            if one.hasHeredoc {
                if one.lines.contains(where: { file.edits.lines[$0].hasText("supervisor") }) {
                    note(one, "a here-document: it stays as it is")
                }
                continue
            }
            if DockerInstruction.strings(one.text.stripped) == nil { removePackages(one) }
        }
    }

    private func removePackages(_ one: DockerInstruction) {
        let words = ShellWord.split(one.text, hasOperators: true)
        var isGone = [Bool](repeating: false, count: one.text.count)
        func remove(_ word: ShellWord) {
            for index in word.start..<word.end { isGone[index] = true }
        }
        var (hasChanged, hasLost, isUseful) = (false, false, false)
        for command in InstallCommand.commands(words) {
            guard let tool = command.tool else {
                if !Self.onlyPrepares(command, words) { isUseful = true }
                continue
            }
            let useless = command.packages.filter { isUseless(words[$0].text, tool) }
            if useless.count < command.packages.count || useless.isEmpty {
                for index in useless { remove(words[index]) }
                (hasChanged, isUseful) = (hasChanged || !useless.isEmpty, true)
                continue
            }
            guard !command.isVirtual, let range = Self.whole(command, words) else {
                return note(
                    one, "it would install nothing without what init replaces, so it stays: take it out by hand")
            }
            for index in range { remove(words[index]) }
            (hasChanged, hasLost) = (true, true)
            if tool == .python {
                note(one, "if Python was there for supervisord alone, python3 and pip can go, too")
            }
        }
        if hasLost, !isUseful {
            self.remove(one)
        } else if hasChanged {
            takeOut(isGone, one)
            noteChange(one)
        }
    }

    private func isUseless(_ word: [UInt8], _ tool: InstallCommand.Tool) -> Bool {
        guard let package = InstallCommand.package(word, tool), unused.contains(package) else { return false }
        if package != .supervisor || tool == .python { return true }
        // The package's own configuration file is being changed.
        for one in dockerfile.instructions where one.is("RUN") {
            guard one.text.hasText("/etc/supervisor/supervisord.conf") || one.text.hasText("/etc/supervisord.conf")
            else {
                continue
            }
            note(
                one,
                "it uses the configuration file of the package supervisor, so that stays: copy the file into the image instead"
            )
            return false
        }
        return true
    }

    /// The words of a command with one of the operators beside it; nil if others than `&&` and `;` are there.
    private static func whole(_ command: InstallCommand, _ words: [ShellWord]) -> Range<Int>? {
        let (start, end) = (command.words.lowerBound, command.words.upperBound)
        for index in [start - 1, end] where index >= 0 && index < words.count {
            if !words[index].text.isOne(of: "&& ;") { return nil }
        }
        return end < words.count ? start..<(end + 1) : max(start - 1, 0)..<end
    }

    /// Whether a command does nothing without one that installs something.
    private static func onlyPrepares(_ command: InstallCommand, _ words: [ShellWord]) -> Bool {
        var known: StaticString = ""
        for index in command.words {
            let word = words[index].text
            if index == command.words.lowerBound {
                let name = word.fileName
                if name.isSame("set") { return true }
                if name.isOne(of: "apt-get apt apk yum dnf") {
                    known = "update clean autoclean autoremove all"
                } else if !name.isSame("rm") {
                    return false
                }
            } else if word.first != ASCII.minus, !word.isOne(of: known), !word.hasStart("/var/lib/apt/"),
                !word.hasStart("/var/cache/")
            {
                return false
            }
        }
        return true
    }

    // MARK: Words

    /// Takes bytes out of the lines of an instruction. Lines that become empty go.
    private func takeOut(_ isGone: [Bool], _ one: DockerInstruction) {
        var lastKept: Int?
        var lostEnd = false
        for line in one.lines {
            var isPart = false
            var columns: [Int] = []
            for (index, place) in one.places.enumerated() where place.line == line {
                isPart = true
                if isGone[index] { columns.append(place.column) }
            }
            guard isPart else { continue }
            let text = file.edits.lines[line]
            guard !columns.isEmpty else {
                lastKept = line
                lostEnd = false
                continue
            }
            let kept = Self.without(columns, text)
            if kept.allSatisfy({ $0.isBlank || $0 == dockerfile.escape }) {
                file.edits.remove(line)
                lostEnd = true
            } else {
                file.edits.replace(line, with: kept)
                lastKept = line
                lostEnd = false
            }
        }
        // The new last line isn't continued.
        guard lostEnd, let lastKept, var text = file.edits.current(lastKept) else { return }
        while let byte = text.last, byte.isBlank || byte == dockerfile.escape { text.removeLast() }
        file.edits.replace(lastKept, with: text)
    }

    /// Each run of columns goes with the white space before it, or behind it at the beginning.
    private static func without(_ columns: [Int], _ text: [UInt8]) -> [UInt8] {
        var isGone = [Bool](repeating: false, count: text.count)
        for column in columns { isGone[column] = true }
        let indent = text.prefix { $0.isBlank }.count
        for column in text.indices
        where isGone[column] && (column == 0 || !isGone[column - 1] || text[column - 1].isBlank) {
            var before = column - 1
            while before >= indent, text[before].isBlank {
                isGone[before] = true
                before -= 1
            }
        }
        // Nothing is left before it: the indentation stays, and the space behind it goes.
        if indent < text.count, isGone[indent] {
            var next = indent
            while next < text.count, isGone[next] || text[next].isBlank {
                isGone[next] = true
                next += 1
            }
        }
        return text.indices.filter { !isGone[$0] }.map { text[$0] }
    }

    // MARK: Downloads

    /// `ADD https://github.com/krallin/tini/.../tini /tini`, and what makes it executable.
    func removeDownloads() {
        for add in dockerfile.instructions where add.is("ADD") {
            let isTini = add.text.hasText("/krallin/tini/")
            guard isTini && unused.contains(.tini) || add.text.hasText("/dumb-init/") && unused.contains(.dumbInit),
                let target = add.plainWords.last
            else { continue }
            remove(add)
            for one in dockerfile.instructions {
                let words = one.plainWords
                let isMode = one.is("RUN") && words.count == 3 && words[0].isSame("chmod") && words[2] == target
                let name = words.first?.parts { !$0.isOfName }.first ?? []
                let isVersion =
                    one.keyword.isOne(of: "ENV ARG") && name.isOne(of: "TINI_VERSION DUMB_INIT_VERSION")
                    && words.count == (words[0].contains(ASCII.equals) ? 1 : 2)
                if isMode || isVersion { remove(one) }
            }
        }
    }
}
