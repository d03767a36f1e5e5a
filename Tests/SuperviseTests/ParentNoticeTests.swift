import Testing

@testable import Supervise

/// `notify_parent`: what the process that has started init hears, and when.
@Suite struct ParentNoticeTests {
    @Test func everyProgramThatStartsAutomaticallyCounts() {
        let world = World([
            World.program("db"), World.program("web", [.startsecs: .int(5)]),
            World.program("manual", [.autostart: .bool(false)]),
        ])
        var notice = ParentNotice()
        #expect(notice.text(world.supervisor) == "STATUS=0 of 2 programs are ready; waiting for db, web")
        world.pass(seconds: 1)
        #expect(notice.text(world.supervisor) == "STATUS=1 of 2 programs are ready; waiting for web")
        world.pass(seconds: 4)
        #expect(notice.text(world.supervisor) == "READY=1\nSTATUS=all programs are ready")
        // It isn't taken back.
        world.exit("db", .exited(code: 1))
        #expect(notice.text(world.supervisor) == "READY=1\nSTATUS=1 of 2 programs are ready; waiting for db")
        world.ask(.drain(seconds: -1), as: 1)
        world.pass(seconds: 2)
        #expect(notice.text(world.supervisor) == "READY=1\nSTATUS=all programs are ready")
    }

    @Test func nothingToWaitFor() {
        var notice = ParentNotice()
        #expect(notice.text(World([]).supervisor) == "READY=1\nSTATUS=all programs are ready")
    }

    @Test func jobsHaveToSucceedAndFATALIsNotReady() {
        let never: KeyValues = [.startretries: .int(0), .autorestart: .autoRestart(.never)]
        let names = ["a", "b", "c", "d", "e"]
        let world = World([World.program("job", [.type: .text("oneshot")])] + names.map { World.program($0, never) })
        var notice = ParentNotice()
        world.pass(milliseconds: 0)
        #expect(
            notice.text(world.supervisor) == "STATUS=0 of 6 programs are ready; waiting for job, a, b and 3 more")
        world.exit("a")
        world.pass(seconds: 1)
        world.exit("e", .exited(code: 1))
        #expect(
            notice.text(world.supervisor)
                == "STATUS=3 of 6 programs are ready; waiting for job, a (FATAL), e (EXITED)")
        world.exit("job")
        #expect(notice.text(world.supervisor) == "STATUS=4 of 6 programs are ready; waiting for a (FATAL), e (EXITED)")
        world.ask(.start(.named("a"), wait: false), as: 1)
        world.ask(.start(.named("e"), wait: false), as: 2)
        world.pass(seconds: 1)
        #expect(notice.text(world.supervisor) == "READY=1\nSTATUS=all programs are ready")
    }

    @Test func theKey() throws {
        #expect(try FakeMachine("[supervisord]\nnotify_parent=true\n").load().supervisord.notifyParent)
        #expect(try !FakeMachine("[supervisord]\n").load().supervisord.notifyParent)
        #expect(FakeMachine("[supervisord]\nnotify_parent=sd\n").refusal() != nil)
    }
}
