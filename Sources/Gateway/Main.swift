import Kernel
import NIOCore
import NIOPosix
import Supervise

/// The process that speaks HTTP for init: the first connection starts it; it has one loop on the main thread, a
/// thread that waits for init's answers, and one that reads /proc; it exits when it has been idle for a while.
@main
enum Main {
    static func main() {
        for argument in Swift.CommandLine.arguments.dropFirst() where argument == "-v" || argument == "--version" {
            return File.print("\(Version.name) \(Version.number)\ncommit \(SourceCommit.text)\n")
        }
        Outlet.ignoreSignals()
        // Before it asks for passwords: a process of the same user, if init has no other user for it, can't read them
        // here.
        SystemProcess.denyInspection()
        if Swift.CommandLine.arguments.dropFirst().first == "client" { return Translator.run() }
        Confinement.enter()
        SystemProcess.keepHeapSmall()
        let environment = Dictionary(Machine.environment.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        let activation: Activation
        do throws(Activation.ActivationError) {
            activation = try Activation(environment: environment, process: SystemProcess.id)
        } catch {
            end(error.sentence)
        }
        MultiThreadedEventLoopGroup.withCurrentThreadAsEventLoop { loop in
            do throws(Errno) {
                try GatewayServer(activation, on: loop).start()
            } catch {
                end("the connection to init can't be used: \(error.description)")
            }
        }
    }

    /// Exits; a sentence goes to stderr, whose lines init logs, and makes it a failure.
    static func end(_ sentence: String?) -> Never {
        if let sentence { File.print("\(sentence)\n", to: 2) }
        SystemProcess.exit(sentence == nil ? 0 : 1)
    }
}
