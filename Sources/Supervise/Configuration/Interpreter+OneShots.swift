// `type=oneshot`.

extension Conversion {
    static func programType(_ text: Text) throws(Complaint) -> String {
        let word = text.lowercased
        let words: [Text] = ["service", "oneshot"]
        if words.contains(word) { return word.string }
        // systemd's hyphen, and Docker's word.
        let close = word.is("one-shot") || word.is("job") ? "oneshot" : Suggestion.closest(to: word, among: words)
        throw Complaint(
            .joined("not a valid type value: ", text.quoted),
            close.map { "Did you mean \($0.string)?" } ?? "Write service or oneshot.")
    }
}

extension Interpreter {
    /// Remarks on keys of a one-shot that have no effect.
    func remarkOnOneShots(_ section: Int, _ values: KeyValues) {
        guard values[.type] != nil else { return }
        remark(.autorestart, section, "a one-shot that has succeeded isn't restarted, and a failed one is retried")
        remark(.startsecs, section, "a one-shot is STARTING until it has succeeded")
        for key in [Key.notify] + HealthCheckSettings.checks {
            remark(key, section, "a one-shot is ready when it has succeeded")
        }
        for key in [Key.reloadsignal, .reloadCommand, .watch] {
            remark(key, section, "a one-shot is never RUNNING: it reads its configuration when it starts")
        }
        remark(.onFailure, section, "a one-shot that fails is retried, and then FATAL: on_fatal says what follows")
        remark(.postStartHook, section, "a one-shot has ended when it is ready: post_stop_hook runs then")
    }
}
