import Host
import Kernel
import Supervise

/// What a program needs to become another user.
struct UserIdentity {
    var uid: UInt32
    var gid: UInt32
    /// The primary group first, then those that list the user.
    var groups: [UInt32]

    /// Reads the account files as they are now: an entry point may have added the user a moment ago.
    init?(_ account: Account) {
        let machine = SystemSurroundings()
        let record: UserRecord?
        var name = ""
        switch account {
        case .name(let text):
            record = machine.user(named: text)
            name = text
        case .id(let id):
            record = machine.user(id: id)
            name = machine.userName(id: id) ?? ""
        }
        guard let record, let uid = UInt32(exactly: record.id) else { return nil }
        groups = machine.allGroups(of: record, named: name).compactMap { UInt32(exactly: $0) }
        guard let gid = groups.first else { return nil }
        self.uid = uid
        self.gid = gid
    }
}

extension UserIdentity {
    /// What a process changes to: its `user=`, `group=` and `supplementary_groups=`.
    ///
    /// - Returns: nil if it is that already: then nothing needs to change, and no right to change it is needed.
    static func change(for settings: ProcessSettings) throws(StartError) -> SpawnRequest.Identity? {
        let execution = settings.execution
        let changesGroups = execution?.group != nil || execution?.supplementaryGroups != nil
        var identity = SpawnRequest.Identity(uid: SystemProcess.uid, gid: SystemProcess.gid, groups: [])
        if let user = settings.user {
            guard let record = UserIdentity(user) else {
                throw refused("setuid to \(user.description): Can't find \(described(user, "username", "uid"))")
            }
            if record.uid == SystemProcess.uid, !changesGroups { return nil }
            identity = SpawnRequest.Identity(uid: record.uid, gid: record.gid, groups: record.groups)
        }
        guard let execution, changesGroups else { return settings.user == nil ? nil : identity }
        if let group = execution.group {
            guard let gid = group.groupNumber else { throw unknown(group) }
            if settings.user != nil, !identity.groups.isEmpty { identity.groups.removeFirst() }
            identity.groups = [gid] + identity.groups.filter { $0 != gid }
            identity.gid = gid
        }
        if let others = execution.supplementaryGroups {
            identity.groups = [identity.gid]
            for other in others {
                guard let gid = other.groupNumber else { throw unknown(other) }
                if !identity.groups.contains(gid) { identity.groups.append(gid) }
            }
        }
        return identity
    }

    private static func unknown(_ group: Account) -> StartError {
        refused("set groups: no \(described(group, "group", "gid")) in /etc/group")
    }

    private static func described(_ account: Account, _ name: StaticString, _ number: StaticString) -> String {
        switch account {
        case .name(let text): "\(name) \(text.pythonQuoted)"
        case .id(let id): "\(number) \(id)"
        }
    }

    private static func refused(_ what: String) -> StartError {
        StartError(.step, "couldn't \(what)", isChildSide: true)
    }

    /// The variables that login(1) would set. A number without an entry is its own name, with the home directory `/`.
    static func variables(for user: Account?) -> [EnvironmentVariable] {
        let machine = SystemSurroundings()
        let account = user ?? .id(Int(SystemProcess.uid))
        var record: UserRecord?
        var name = account.description
        switch account {
        case .name(let text): record = machine.user(named: text)
        case .id(let id):
            record = machine.user(id: id)
            name = machine.userName(id: id) ?? name
        }
        let shell = record?.shell ?? ""
        let home = record?.home ?? ""
        return [
            EnvironmentVariable("HOME", home.isEmpty ? "/" : home), EnvironmentVariable("USER", name),
            EnvironmentVariable("LOGNAME", name), EnvironmentVariable("SHELL", shell.isEmpty ? "/bin/sh" : shell),
        ]
    }
}
