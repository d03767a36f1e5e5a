import Supervise

extension StatusPage {
    /// How often init has restarted a program, and how its last run ended if the state doesn't say that already.
    static func history(_ program: PageProgram) -> Markup {
        var history = Markup()
        if program.restarts > 0 {
            history += "<span class=\"restarts\">\(Markup.count(program.restarts, "restart"))</span> "
        }
        if let exit = program.lastExit, program.isBack {
            let age = max(program.now - exit.time, 0)
            history += """
                <span class="last">last: \(exit.text), <time data-age="\(age)">\(Age.text(age))</time> ago</span>
                """
        }
        return history
    }
}

extension PageProgram {
    /// Another run has begun, or is about to, since the last exit.
    fileprivate var isBack: Bool {
        switch state {
        case .running, .starting, .backoff: true
        case .stopped, .stopping, .exited, .fatal, .unknown: false
        }
    }
}

extension Fault {
    static func explanation(code: Int, text: String) -> String {
        String(decoding: explanation(code: code, text: Array(text.utf8)), as: UTF8.self)
    }
}
