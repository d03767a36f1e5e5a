import Kernel
import Supervise

/// Colour for terminals, unless NO_COLOR is set or TERM is `dumb` or missing.
///
/// A pipe gets only the text.
struct Paint: Sendable {
    /// The numbers of "select graphic rendition" (ECMA-48).
    enum Colour: Int, Sendable {
        case red = 31
        case green = 32
        case yellow = 33
        case blue = 34
        case magenta = 35
        case cyan = 36
        case grey = 90
        case brightYellow = 93
        case brightBlue = 94
        case brightMagenta = 95
        case brightCyan = 96
    }

    let isOn: Bool

    static let off = Paint(isOn: false)

    private init(isOn: Bool) { self.isOn = isOn }

    /// What stdout and the environment allow.
    static var allowed: Paint {
        let environment = CStringArray.ofProcess()
        let term = environment.value(of: "TERM") ?? []
        let isPlain = environment.value(of: "NO_COLOR").map { !$0.isEmpty } ?? false
        return Paint(isOn: Terminal.isOne(1) && !isPlain && !term.isEmpty && !term.equals("dumb"))
    }

    func callAsFunction(_ text: OutputText, _ colour: Colour) -> OutputText {
        isOn ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// Colours for the prefixes of programs. Red is reserved for stderr and for problems.
    static let ofPrograms: [Colour] = [
        .cyan, .yellow, .green, .magenta, .blue, .brightCyan, .brightYellow, .brightMagenta, .brightBlue,
    ]

    /// Green: running. Yellow: changing. Red: needs attention. Grey: at rest.
    static func colour(of state: ProcessState?) -> Colour {
        switch state?.mood {
        case .well: .green
        case .moving, .failing: .yellow
        case .ill, nil: .red
        case .resting: .grey
        }
    }
}
