import Testing

@testable import Supervise

/// If there is not enough memory for a configuration, reading it fails: because of its lines, its processes or its
/// values.
struct ConfigurationMemoryTests {
    static let sentence = "there is not enough memory for this configuration"

    private func error(_ text: String, memory: Int) -> String? {
        let machine = FakeMachine(text)
        machine.memory = memory
        do throws(ConfigurationError) {
            _ = try ConfigurationLoader.load(path: FakeMachine.path, surroundings: machine)
            return nil
        } catch {
            return error.text
        }
    }

    @Test(arguments: [
        "[supervisord]\n" + String(repeating: "x=y\n", count: 4000),
        "[supervisord]\n[program:a]\ncommand=x\nprocess_name=%(process_num)s\nnumprocs=9000\n",
        "[supervisord]\n[program:a]\ncommand=%(here)s " + String(repeating: "x", count: 20_000) + "\n",
    ]) func tooLarge(_ text: String) {
        #expect(error(text, memory: .max) == nil)
        #expect(error(text, memory: 1 << 20)?.hasPrefix(Self.sentence) == true)
    }

    @Test func smallOnesTakeLittle() {
        let text = "[supervisord]\n[program:a]\ncommand=x\n"
        #expect(error(text, memory: 200_000) == nil)
        #expect(error(text, memory: 1000)?.hasPrefix(Self.sentence) == true)
    }

    @Test func anIncludedFile() {
        let machine = FakeMachine("[supervisord]\n[include]\nfiles=a.d/*.conf\n")
        machine.files["/etc/a.d/b.conf"] = Array(String(repeating: "#\n", count: 8000).utf8)
        machine.memory = 1 << 20
        #expect(throws: ConfigurationError.self) {
            try ConfigurationLoader.load(path: FakeMachine.path, surroundings: machine)
        }
    }
}
