/// A shell command of a RUN instruction, and the packages that it installs.
final class InstallCommand {
    /// How packages are installed.
    enum Tool {
        case debian, alpine, redHat, python
    }

    enum Package {
        /// supervisord and what runs in it.
        case supervisor
        case tini
        case dumbInit
    }

    /// Positions among the words of the instruction, without the operators beside it.
    let words: Range<Int>
    /// nil: it installs nothing.
    private(set) var tool: Tool?
    /// Positions of the packages' words.
    private(set) var packages: [Int] = []
    /// What it installs is removed together, by a name.
    private(set) var isVirtual = false

    /// All commands, in order.
    static func commands(_ words: [ShellWord]) -> [InstallCommand] {
        var commands: [InstallCommand] = []
        var start = 0
        for index in 0...words.count where index == words.count || words[index].isOperator {
            if start < index { commands.append(InstallCommand(words, start..<index)) }
            start = index + 1
        }
        return commands
    }

    private init(_ words: [ShellWord], _ range: Range<Int>) {
        self.words = range
        var index = range.lowerBound
        // Variables, options of RUN, and what runs it as another user.
        while index < range.upperBound, words[index].text.contains(ASCII.equals) || words[index].text.isSame("sudo") {
            index += 1
        }
        guard index < range.upperBound else { return }
        let name = words[index].text.fileName
        if name.hasStart("python"), index + 2 < range.upperBound, words[index + 1].text.isSame("-m"),
            words[index + 2].text.isSame("pip")
        {
            tool = .python
            index += 2
        } else if name.isOne(of: "apt-get apt aptitude") {
            tool = .debian
        } else if name.isSame("apk") {
            tool = .alpine
        } else if name.isOne(of: "yum dnf microdnf zypper") {
            tool = .redHat
        } else if name.hasStart("pip"), name.dropFirst(3).first.map({ !$0.isOfName || $0 < 0x40 }) ?? true {
            tool = .python
        }
        guard let tool else { return }
        while index < range.upperBound, !words[index].text.isSame(tool == .alpine ? "add" : "install") { index += 1 }
        index += 1
        if index >= range.upperBound { self.tool = nil }
        while index < range.upperBound {
            let word = words[index].text
            if tool == .alpine, word.isOne(of: "--virtual -t") { isVirtual = true }
            if word.isOne(of: Self.withValues(tool)) {
                // A file of requirements is something to install.
                if tool == .python, word.isOne(of: "-r --requirement -e --editable") { packages.append(index) }
                index += 1
            } else if word.first != ASCII.minus {
                packages.append(index)
            }
            index += 1
        }
    }

    private static func withValues(_ tool: Tool) -> StaticString {
        switch tool {
        case .debian: "-t --target-release -o -c -a"
        case .alpine: "-t --virtual -X --repository -p --root"
        case .redHat: "--enablerepo --disablerepo"
        case .python:
            "-r --requirement -c --constraint -i --index-url --extra-index-url -e --editable -f --find-links --trusted-host -t --target"
        }
    }

    /// nil for one that isn't replaced.
    static func package(_ word: [UInt8], _ tool: Tool) -> Package? {
        if tool == .python, word.hasStart("git+") {
            return word.hasText("/supervisor-stdout") || word.hasText("/supervisor_stdout") ? .supervisor : nil
        }
        // A version may follow.
        let name = Array(word.prefix { $0.isOfName || $0 == ASCII.minus || $0 == ASCII.dot })
        if let sign = word.dropFirst(name.count).first, !"=~<>!".bytes.contains(sign) { return nil }
        if name.isSame("supervisor") { return .supervisor }
        if name.isSame("tini") { return .tini }
        if name.isSame("dumb-init") { return .dumbInit }
        return tool == .python && name.isOne(of: "supervisor-stdout supervisor_stdout") ? .supervisor : nil
    }
}
