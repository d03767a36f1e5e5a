import Kernel
public import Supervise

extension ControlClient {
    /// Asks the supervisor for its identity; nil if it doesn't answer that: an older one, or something else.
    ///
    /// - Parameter deadline: nanoseconds of `Clock.boottime`.
    public func identify(until deadline: Int64) throws(ControlError) -> SupervisorIdentity? {
        do throws(ControlError) {
            return SupervisorIdentity(try call(AccessProtocol.identify, [], until: deadline))
        } catch .fault {
            return nil
        }
    }

    /// The result of an attempt to authenticate.
    public enum Access: Equatable, Sendable {
        case granted
        /// Name or password is wrong.
        case denied
        /// The same user has tried too often: try again after this many milliseconds.
        case tooSoon(milliseconds: Int)
    }

    /// Proves that this client knows a name and a password, without sending the password.
    public func authenticate(
        challenge: [UInt8], username: [UInt8], password: [UInt8], until deadline: Int64
    ) throws(ControlError) -> Access {
        let proof = AccessProtocol.proof(
            challenge: challenge, username: username, key: AccessProtocol.key(of: password))
        do throws(ControlError) {
            _ = try call(AccessProtocol.authenticate, [.string(proof)], until: deadline)
            return .granted
        } catch .fault(AccessProtocol.Rejection.unauthorized.rawValue, _) {
            return .denied
        } catch .fault(AccessProtocol.Rejection.tooSoon.rawValue, let text) {
            var milliseconds = 0
            for digit in text.utf8.prefix(5) where (48...57).contains(digit) {
                milliseconds = milliseconds * 10 + Int(digit - 48)
            }
            return .tooSoon(milliseconds: milliseconds)
        }
    }
}
