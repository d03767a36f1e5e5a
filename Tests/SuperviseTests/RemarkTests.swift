import Testing

@testable import Supervise

@Suite struct RemarkTests {
    @Test func unknownNamesAreRemarkedWithTheirPlaces() throws {
        let machine = FakeMachine(
            """
            [supervisord]
            logfile=/tmp/x
              nodaemn=true
            nodaemn=true
            [program:a]
            command=b
            comand=3
            zzz=1
            [progam:z]
            [whatever]
            """)
        let remarks = try machine.load().remarks
        #expect(
            remarks.map { $0.description } == [
                "/etc/s.conf:4:1: unknown key nodaemn in [supervisord], ignored; did you mean `nodaemon`?",
                "/etc/s.conf:7:1: unknown key comand in [program:a], ignored; did you mean `command`?",
                "/etc/s.conf:8:1: unknown key zzz in [program:a], ignored",
                "/etc/s.conf:9:1: unknown section [progam:z], ignored; did you mean `program:`?",
                "/etc/s.conf:10:1: unknown section [whatever], ignored",
            ])
    }
}
