/// `[program-default]`: values for every program and FastCGI program that lacks the key.
extension Interpreter {
    static let programDefaults: StaticString = "program-default"

    /// From here on the document has them. What is wrong with them is found even if every program has its own value.
    func checkProgramDefaults() {
        guard let index = document.section(Text(stringLiteral: Self.programDefaults)) else { return }
        document.programDefaults = index
        // Names may be known in a program only.
        var scope = scope(here: true)
        scope.programName = "program"
        scope.groupName = "group"
        scope.hostName = hostName
        lacksNames = true
        var values = KeyValues()
        read(written(index, .program), .once, index, scope, into: &values)
        lacksNames = false
        if !document.sections.contains(where: { Document.takesProgramDefaults($0.name) }) {
            remark("[program-default] has no effect: there is no program", at: document.sections[index].header)
        }
    }
}
