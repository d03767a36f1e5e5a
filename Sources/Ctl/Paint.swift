import Kernel
import Supervise

/// Colour, where a person sees it: on a terminal, unless NO_COLOR is set to something or TERM is `dumb` or missing.
///
/// Whatever reads a pipe gets the text alone.
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

    func callAsFunction(_ text: Text, _ colour: Colour) -> Text {
        isOn ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// Colours for the prefixes of programs. Red is left to stderr and to what is wrong.
    static let ofPrograms: [Colour] = [
        .cyan, .yellow, .green, .magenta, .blue, .brightCyan, .brightYellow, .brightMagenta, .brightBlue,
    ]

    /// Green: as it should be. Yellow: on its way. Red: somebody has to look at it. Grey: at rest.
    static func colour(of state: ProcessState?) -> Colour {
        switch state?.mood {
        case .well: .green
        case .moving, .failing: .yellow
        case .ill, nil: .red
        case .resting: .grey
        }
    }
}
