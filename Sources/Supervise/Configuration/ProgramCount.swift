/// So many processes of a program instead of its `numprocs`.
public struct ProgramCount: Equatable, Sendable {
    public let program: String
    public let count: Int

    public init(program: String, count: Int) {
        self.program = program
        self.count = count
    }
}
