import Kernel
import Supervise

/// The user's lines from a terminal, with editing, history and completion.
///
/// The terminal is raw only while a line is being typed: an action finds it in its original mode, and so does a request
/// to the supervisor for completions.
final class LineReader {
    enum LineEnd {
        case line([UInt8])
        /// Ctrl-D on an empty line, or the terminal has gone.
        case end
        /// Ctrl-C.
        case interrupted
        /// A signal that should end the process.
        case ended(signal: Int32)
    }

    private var editor: LineEditor
    private var view = LineView()
    private let historyFile: String?

    /// stdin and stdout are terminals that can move their cursor.
    static var isPossible: Bool {
        guard Terminal.isOne(0), Terminal.isOne(1) else { return false }
        guard let kind = CStringArray.ofProcess().value(of: "TERM") else { return true }
        return !kind.equals("dumb")
    }

    /// - Parameter historyFile: read now; written by `save`.
    init(historyFile: String?) {
        self.historyFile = historyFile
        var file: [UInt8] = []
        if let historyFile { file = (try? File.end(of: historyFile, LineHistory.longestFile)) ?? [] }
        editor = LineEditor(history: LineHistory(file: file))
    }

    /// Writes the history if it has new lines.
    func save() throws(Errno) {
        guard let historyFile, editor.history.hasChanged else { return }
        let file = try File.writingPrivately(historyFile)
        File.print(bytes: editor.history.file, to: file.number)
    }

    /// Reads a line.
    ///
    /// - Parameter isCommand: the line goes into the history, and Tab completes it.
    func line(_ prompt: [UInt8], isCommand: Bool, _ session: Session) -> LineEnd {
        editor.begin()
        view.reset()
        while true {
            switch typed(prompt) {
            case .ending(let ending):
                if isCommand, case .line(let line) = ending { editor.remember(line) }
                return ending
            case .tab:
                guard isCommand else {
                    bell()
                    continue
                }
                let matches: [[UInt8]]
                do throws(CtlError) {
                    matches = try session.completions(of: editor.text, word: editor.word)
                } catch {
                    if case .interrupted = error { return .interrupted }
                    matches = []
                }
                let (reaction, list) = editor.complete(matches)
                if reaction == .refuse || list.isEmpty && matches.count > 1 { bell() }
                if !list.isEmpty { show(list, prompt) }
            }
        }
    }

    private enum Typed {
        case ending(LineEnd)
        case tab
    }

    /// Handles keys until an action requires the terminal's original mode.
    private func typed(_ prompt: [UInt8]) -> Typed {
        guard let keyboard = try? Keyboard(0) else { return .ending(.end) }
        draw(prompt)
        while true {
            switch keyboard.next() {
            case .byte(let byte):
                switch editor.take(byte) {
                case .show: draw(prompt)
                case .refuse: bell()
                case .clear:
                    File.print(bytes: view.clear())
                    draw(prompt)
                case .nothing: continue
                case .findCompletions: return .tab
                case .enter(let line):
                    leave(prompt)
                    return .ending(.line(line))
                case .end: return .ending(.end)
                }
            case .resized: draw(prompt)
            case .resumed:
                view.reset()
                draw(prompt)
            case .end: return .ending(.end)
            case .interrupted: return .ending(.interrupted)
            case .ended(let signal):
                leave(prompt)
                return .ending(.ended(signal: signal))
            }
        }
    }

    private func draw(_ prompt: [UInt8]) {
        let columns = Terminal.columns(1)
        guard let search = editor.search else {
            let bytes = view.draw(prompt: prompt, text: editor.text, cursor: editor.cursor, columns: columns)
            return File.print(bytes: bytes)
        }
        let state: OutputText = search.hasFailed ? "failed reverse-i-search" : "reverse-i-search"
        let asked: OutputText = "(\(state))`\(search.wanted)': "
        File.print(
            bytes: view.draw(prompt: asked.bytes, text: editor.text, cursor: editor.cursor, columns: columns))
    }

    /// Leaves the typed line on the screen, marked as discarded.
    func abandon(_ prompt: [UInt8]) {
        // Shown as `^C`.
        let dropped = editor.text + [3]
        File.print(bytes: view.leave(prompt: prompt, text: dropped, columns: Terminal.columns(1)))
    }

    /// Moves to the line below.
    private func leave(_ prompt: [UInt8]) {
        File.print(bytes: view.leave(prompt: prompt, text: editor.text, columns: Terminal.columns(1)))
    }

    private func bell() { File.print(bytes: [7]) }

    /// Prints below the line, in columns; the line is then redrawn.
    private func show(_ matches: [[UInt8]], _ prompt: [UInt8]) {
        leave(prompt)
        var width = 0
        for match in matches { width = max(width, OutputText(match).count + 2) }
        let columns = max(1, (Terminal.columns(1) - 1) / max(1, width))
        let rows = (matches.count + columns - 1) / columns
        var list: OutputText = ""
        for row in 0..<rows {
            for index in stride(from: row, to: matches.count, by: rows) {
                list =
                    index + rows < matches.count
                    ? "\(list)\(OutputText(matches[index]).padded(width))" : "\(list)\(matches[index])"
            }
            list = "\(list)\n"
        }
        File.print(bytes: list.bytes)
    }
}
