import Kernel
import NIOCore
import NIOPosix
import Supervise

/// The process that speaks HTTP for init: started by the first connection, one loop on the main thread, a second thread
/// that waits for init's answers; leaves when nobody has been connected for a while.
@main
enum Main {
    static func main() {
        for argument in Swift.CommandLine.arguments.dropFirst() where argument == "-v" || argument == "--version" {
            return File.print("\(Version.name) \(Version.number)\n")
        }
        Outlet.ignoreSignals()
        // Before a password is asked for: what runs as the same user, where init has no other to give, can't read it here.
        Process.denyInspection()
        if Swift.CommandLine.arguments.dropFirst().first == "client" { return Translator.run() }
        Confinement.enter()
        Process.keepHeapSmall()
        let environment = Dictionary(Machine.environment.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        let activation: Activation
        do throws(Activation.Mistake) {
            activation = try Activation(environment: environment, process: Process.id)
        } catch {
            end(error.sentence)
        }
        MultiThreadedEventLoopGroup.withCurrentThreadAsEventLoop { loop in
            do throws(Errno) {
                try Gateway(activation, on: loop).start()
            } catch {
                end("the connection to init can't be used: \(error.description)")
            }
        }
    }

    /// Leaves; a sentence goes to stderr, whose lines init puts into its log, and makes it a failure.
    static func end(_ sentence: String?) -> Never {
        if let sentence { File.print("\(sentence)\n", to: 2) }
        Process.exit(sentence == nil ? 0 : 1)
    }
}
