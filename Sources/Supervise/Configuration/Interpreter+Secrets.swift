/// Passwords, which may stand in files of their own.
extension Interpreter {
    func readPassword(_ section: Int, into values: inout KeyValues) {
        let (password, file) = password(section)
        values[.password] = password.map { .text($0) }
        values[.passwordFile] = file.map { .text($0) }
    }

    /// `password=`, or what the file of `password_file=` holds, and that file.
    private func password(_ section: Int) -> (password: String?, file: String?) {
        let password = value(section, .password, scope(here: false), nil) { $0.string }
        guard let entry = document.entry(section, .passwordFile) else { return (password, nil) }
        if document.entry(section, .password) != nil {
            complain(
                Complaint(
                    .joined("[", document.sections[section].name, "] has a password and a password_file"),
                    "Remove one of them."), about: entry)
            return (password, nil)
        }
        var file: String?
        let read = value(section, .passwordFile, scope(here: true), nil) { text throws(Complaint) -> String? in
            let path = Path.resolved(text, self.surroundings)
            file = path.string
            return try self.password(in: path)
        }
        return (read, file)
    }

    private func password(in path: Text) throws(Complaint) -> String {
        let (what, advice): (Text, String)
        switch surroundings.secret(in: path.string) {
        case .missing: (what, advice) = (" does not exist", "Create it, with the password on its only line.")
        case .unreadable, .noMemory:
            what = " cannot be read"
            advice = "It has to be a regular file of at most 128 KB that the user of this process may read."
        case .bytes(let read):
            let bytes = EnvironmentFile.value(read)
            // Control characters can't be sent over HTTP.
            let isText = !bytes.contains { $0 < 0x20 || $0 == 0x7F } && UTF8Problem(in: bytes) == nil
            if isText, !bytes.isEmpty { return Text(bytes).string }
            what = isText ? " is empty" : " holds more than one line of text"
            advice = "Write the password as UTF-8 on its only line, without control characters but the newline."
        }
        throw Complaint(.joined("password_file ", path, what), advice)
    }
}
