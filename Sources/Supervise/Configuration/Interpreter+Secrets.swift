/// Keys that name files with what should not stand in the configuration.
extension Interpreter {
    /// `env_file` and `environment_from_files` of a process; nil without them.
    ///
    /// - Parameters:
    ///   - own: the program's own `environment=`.
    ///   - previous: of the process before this one, which is shared if it's equal.
    func environmentSources(
        _ section: Int, _ scope: Scope, own: [EnvironmentVariable], previous: EnvironmentSources?
    ) -> EnvironmentSources? {
        guard document.entry(section, .envFile) != nil || document.entry(section, .environmentFromFiles) != nil else {
            return nil
        }
        let files = places(section, .envFile, scope) ?? []
        let values = value(section, .environmentFromFiles, scope, []) {
            text throws(Complaint) -> [EnvironmentVariable] in
            var values: [EnvironmentVariable] = []
            for (name, path) in try Conversion.environment(text) {
                values.append(EnvironmentVariable(name.string, try self.place(path, .environmentFromFiles)))
            }
            return values
        }
        let sources = EnvironmentSources(files: files, values: values, own: own)
        return previous == sources ? previous : sources
    }

    /// A list of paths, each made absolute, with its `-`; nil without the key.
    func places(_ section: Int, _ key: Key, _ scope: Scope) -> [String]? {
        value(section, key, scope, nil) { text throws(Complaint) -> [String]? in
            var places: [String] = []
            for part in Conversion.strings(text) where !part.isEmpty { places.append(try self.place(part, key)) }
            return places
        }
    }

    /// A path made absolute, with its `-`.
    private func place(_ text: Text, _ key: Key) throws(Complaint) -> String {
        let isOptional = text.bytes.first == ASCII.minus
        let path = isOptional ? text.dropFirst(1).stripped : text
        if path.isEmpty {
            throw Complaint(
                .joined("Invalid ", key.text, " value: a path is missing"),
                "Write the path of a file, with - in front of it if the file may be missing.")
        }
        let resolved = Path.resolved(path, surroundings)
        return isOptional ? Text.joined("-", resolved).string : resolved.string
    }

    /// `password=`, or what the file of `password_file=` holds, and that file.
    func password(_ section: Int) -> (password: String?, file: String?) {
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
