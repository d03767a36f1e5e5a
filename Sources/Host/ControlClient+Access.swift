import Kernel
public import Supervise

extension ControlClient {
    /// Asks the supervisor who it is; nil for one that doesn't say it: an older one, or something else.
    ///
    /// - Parameter deadline: nanoseconds of `Clock.boottime`.
    public func identify(until deadline: Int64) throws(ControlError) -> SupervisorIdentity? {
        do throws(ControlError) {
            return SupervisorIdentity(try call(AccessProtocol.identify, [], until: deadline))
        } catch .fault {
            return nil
        }
    }

    /// What came of an attempt to authenticate.
    public enum Access: Equatable, Sendable {
        case granted
        /// Name or password is wrong.
        case denied
        /// Others of the same user have tried too often: the same may be tried again after so many milliseconds.
        case tooSoon(milliseconds: Int)
    }

    /// Shows that this client knows a name and a password, without telling the password.
    public func authenticate(
        challenge: [UInt8], username: [UInt8], password: [UInt8], until deadline: Int64
    ) throws(ControlError) -> Access {
        let proof = AccessProtocol.proof(
            challenge: challenge, username: username, key: AccessProtocol.key(of: password))
        do throws(ControlError) {
            _ = try call(AccessProtocol.authenticate, [.string(proof)], until: deadline)
            return .granted
        } catch .fault(AccessProtocol.Refusal.unauthorized.rawValue, _) {
            return .denied
        } catch .fault(AccessProtocol.Refusal.tooSoon.rawValue, let text) {
            var milliseconds = 0
            for digit in text.utf8.prefix(5) where (48...57).contains(digit) {
                milliseconds = milliseconds * 10 + Int(digit - 48)
            }
            return .tooSoon(milliseconds: milliseconds)
        }
    }
}
