import Kernel
import Supervise

/// What has happened, the latest first: what the gateway has heard since a page was opened, and before that what init
/// knows, which is the last start and the last end of each program.
struct Timeline {
    /// The most lines.
    private static let most = 100

    private let entries: [Chronicle.Entry]
    private let began: Int

    init(_ chronicle: Chronicle, _ programs: [PageProgram]) {
        let heard = chronicle.entries.suffix(Self.most)
        let began = chronicle.began ?? Int(SystemClock.realtime / 1_000_000_000)
        var known: [Chronicle.Entry] = []
        if heard.count < Self.most {
            for program in programs {
                let name = program.fullName
                if program.started > 0, program.started <= began {
                    known.append(.init(time: program.started, program: name, text: "was started", mood: .well))
                }
                if let exit = program.lastExit, exit.time > 0, exit.time <= began {
                    let isBad = exit.code != 0 && exit.signal.isEmpty
                    known.append(.init(time: exit.time, program: name, text: exit.text, mood: isBad ? .ill : .resting))
                }
            }
            known.sort { $0.time < $1.time }
        }
        entries = known.suffix(Self.most - heard.count) + heard
        self.began = began
    }

    var markup: Markup {
        var items = Markup()
        for entry in entries.reversed() {
            let name: Markup =
                entry.program.isEmpty
                ? "" : "<a href=\"tail.html?processname=\(FormFields.quoted(entry.program))\">\(entry.program)</a> "
            items += """
                <li class="\(entry.mood.rawValue)"><span class="lamp" aria-hidden="true"></span>\(Self.clock(entry.time)) \
                \(name)\(entry.text)</li>

                """
        }
        return """
            <details class="timeline" id="timeline"><summary>Timeline</summary>
            <ol>
            \(items)</ol>
            <p class="note">Everything since \(Self.clock(began)); before that, only the last start and the last end of each program.</p>
            </details>

            """
    }

    /// The script writes it in the time zone and language of the browser.
    static func clock(_ seconds: Int) -> Markup {
        let time = LocalTime(seconds)
        func two(_ number: Int) -> String { CalendarTime.twoDigits(number) }
        let month = CalendarTime.name(ofMonth: time.month)
        return """
            <time data-at="\(seconds)">\(month.description) \(time.day) \(two(time.hour)):\(two(time.minute)):\(two(time.second))</time>
            """
    }
}
