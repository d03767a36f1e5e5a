import Kernel
import Supervise

/// `migrate` in the shell, which talks to a supervisor.
@Sendable func migrate(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    session.mistake(
        "Error: migrate is for the command line: ctl migrate \(words.first ?? "FILE".bytes)", in: "migrate",
        status: ExitCode.invalidArguments)
}

/// `ctl migrate FILE...`: prints what to change in files that were made for supervisord, as a diff on stdout, and why on stderr. It
/// needs no supervisor. The exit codes are diff's.
enum MigrateAction {
    private static let nothing: Int32 = 0
    private static let changes: Int32 = 1
    private static let trouble: Int32 = 2
    /// Bytes of a file.
    private static let longest = 1 << 20

    static func run(_ words: [[UInt8]]) -> Int32 {
        let arguments: Arguments
        do throws(Arguments.UsageError) {
            arguments = try Arguments(words, [])
        } catch {
            return fail(error.sentence)
        }
        guard !arguments.names.isEmpty else {
            return fail("Error: migrate needs a file: ctl migrate supervisord.conf Dockerfile")
        }
        var files: [(name: [UInt8], text: [UInt8])] = []
        for name in arguments.names {
            do throws(Errno) {
                let text = try File.contents(of: name.text, limit: longest + 1)
                guard text.count <= longest else { return fail("Error: \(name) is longer than 1 MB") }
                guard !text.contains(0) else { return fail("Error: \(name) is no text file") }
                files.append((name, text))
            } catch {
                return fail("Error: can't read \(name): \(error.text)")
            }
        }
        var code = nothing
        for file in Migration(files).files {
            for remark in file.remarks {
                let place: OutputText = remark.line > 0 ? "\(file.name):\(remark.line)" : "\(file.name)"
                File.print(bytes: OutputText("\(place): \(remark.text.oneLine)\n").bytes, to: 2)
            }
            let diff = file.edits.diff(file.name)
            guard !diff.isEmpty else { continue }
            File.print(bytes: diff)
            code = changes
        }
        return code
    }

    private static func fail(_ sentence: OutputText) -> Int32 {
        File.print(bytes: OutputText("\(sentence)\n").bytes, to: 2)
        return trouble
    }
}
