/// How a program reads its configuration again, and when.
extension Interpreter {
    func checkReload(_ section: Int, _ values: KeyValues) {
        checkWatch(section, values)
        guard document.entry(section, .reloadsignal) != nil else { return }
        if let command = document.entry(section, .reloadCommand) {
            complain(
                "reloadsignal and reload_command are both there",
                "Keep one of them: the command may send the signal itself.", at: command.origin)
        }
    }

    private func checkWatch(_ section: Int, _ values: KeyValues) {
        guard document.entry(section, .watch) != nil else {
            for key in [Key.watchAction, .watchDebounce] { remark(key, section, "this program has no watch") }
            return
        }
        guard let entry = document.entry(section, .watchAction), entry.value.lowercased.is("reload"),
            document.entry(section, .reloadsignal) == nil, document.entry(section, .reloadCommand) == nil
        else { return }
        complain(
            "watch_action=reload, but neither reloadsignal nor reload_command is there",
            "Say how the program reads its configuration again, or write watch_action=restart.", at: entry.origin)
    }
}
