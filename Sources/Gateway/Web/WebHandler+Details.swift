import NIOHTTP1
import Supervise

/// The page of one program.
extension WebHandler {
    func details(_ form: FormFields, _ exchange: Exchange) {
        let name = form["processname"] ?? ""
        control.ask("reeve.processInfo", [.text(name)], waits: false) { [self] answer in
            guard case .value(let encoded) = answer, let info = encoded.value, let program = PageProgram(info) else {
                return exchange.respond(.html(unknown(name), status: .notFound))
            }
            chronicle.begin()
            var page = DetailPage(program: program, identifier: settings.identifier)
            page.message = form["message"]
            page.checks = (info["health_checks"]?.array ?? []).map(DetailPage.CheckResult.init)
            page.ends = (info["exits"]?.array ?? []).reversed().compactMap(PageProgram.LastExit.init)
            for key in ["stdout_logfile", "stderr_logfile"] { page.logFiles[key] = info[key]?.text }
            page.processes = program.pid == 0 ? nil : ProcessTree.below(program.pid)
            programs { [self] programs in
                page.others = programs ?? []
                finish(page, exchange)
            }
        }
    }

    func graph(_ exchange: Exchange) {
        programs { [self] programs in
            exchange.respond(.html(GraphPage(programs: programs, identifier: settings.identifier).page))
        }
    }

    private func finish(_ page: DetailPage, _ exchange: Exchange) {
        var page = page
        let program = page.program
        control.ask("reeve.processSettings", [.text(program.fullName)], waits: false) { [self] answer in
            if case .value(let settings) = answer {
                page.configuration = settings.value?.bytes.flatMap(JSONParser.parse)
            }
            read([.stdout, .stderr], of: program.fullName, DetailPage.logBytes) { logs in
                page.logs = logs
                exchange.respond(.html(page.page))
            }
        }
    }

    private func unknown(_ name: String) -> [UInt8] {
        PageFrame(title: "No such program", identifier: settings.identifier).page(
            around: """
                <main id="main" class="confirm"><h1>There is no program named \(name)</h1>
                <p><a href="./">All programs</a></p></main>

                """)
    }
}
