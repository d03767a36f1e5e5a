import Kernel
import Supervise

extension ExecutionSettings {
    /// All settings of a spawn; groups and Landlock come from elsewhere.
    func apply(to request: inout SpawnRequest) {
        if let capabilities {
            request.capabilities = Capabilities.Sets(
                dropped: capabilities.dropped, inheritable: capabilities.inheritable, ambient: capabilities.ambient)
        }
        request.noNewPrivileges = noNewPrivileges
        request.secureBits = secureBits
        for limit in limits {
            request.limits.append(
                SpawnRequest.Limit(
                    limit.number, soft: limit.soft, hard: limit.hard,
                    name: "\(limit.key)=\(limit.soft.limitText):\(limit.hard.limitText)"))
        }
        request.nice = nice.map { Int32(truncatingIfNeeded: $0) }
        request.ioPriority = ioPriority.map { Int32(truncatingIfNeeded: $0) }
        request.oomScoreAdjust = oomScoreAdjust.map { Int32(truncatingIfNeeded: $0) }
        request.processors = processors
    }

    /// Files that nearly every program opens, and that reveal nothing.
    private static let harmless = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"]
    static let hint = " (is it below a path of landlock_ro=, with its interpreter, its loader and its libraries?)"

    /// The descriptor of the Landlock rules, which the caller closes; nil if there are none, or if the kernel lacks
    /// Landlock and it isn't required.
    ///
    /// - Parameter executable: may always be executed.
    func rules(for executable: String) throws(StartError) -> Int32? {
        guard usesLandlock, isLandlockRequired || Landlock.isAvailable else { return nil }
        var path = executable
        var key = "landlock_required"
        do throws(Errno) {
            let rules = try Landlock()
            try rules.allow(executable)
            for device in Self.harmless { try? rules.allow(device, isWritable: true) }
            for (paths, isWritable) in [(readable ?? [], false), (writable ?? [], true)] {
                key = isWritable ? "landlock_rw" : "landlock_ro"
                for entry in paths {
                    let place = EnvironmentSources.place(entry)
                    path = place.path
                    do throws(Errno) {
                        try rules.allow(path, isWritable: isWritable)
                    } catch {
                        guard error.isMissing, place.isOptional else { throw error }
                    }
                }
            }
            return rules.take()
        } catch {
            let isLate = Errand.isLate(error)
            guard Landlock.isAvailable else {
                let sentence = "landlock_required=true, and \(Missing.landlock) (\(error.name))"
                throw StartError(.requirement, sentence, isChildSide: true, isLate: isLate)
            }
            let advice = error.isMissing ? " (write -\(path) if it may be missing)" : ""
            throw StartError(
                .step, "couldn't allow \(path) (\(key)=): \(error.name)\(advice)", isChildSide: true, isLate: isLate)
        }
    }
}
