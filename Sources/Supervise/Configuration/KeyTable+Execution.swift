extension KeyTable {
    /// Users, capabilities, scheduling and Landlock of a program.
    static let execution: InlineArray<_, KeyRow> = [
        KeyRow(
            .group, "group", in: .programs, .group, default: .prose("that of `user`"), read: .perProcess,
            since: .v010,
            "the primary group; without `user` the only one, if `supplementary_groups` names no others"),
        KeyRow(
            .supplementaryGroups, "supplementary_groups", in: .programs, .groups,
            default: .prose("those of `user` in `/etc/group`"), read: .perProcess, since: .v010,
            "exactly these beside the primary group; none when empty"),
        KeyRow(
            .userEnv, "user_env", in: .programs, .boolean, default: .value("false"), read: .perProcess,
            since: .v010,
            "HOME, USER, LOGNAME and SHELL are those of the user; `environment` and `env_file` override them"),
        KeyRow(
            .capabilities, "capabilities", in: .programs, .capabilities, read: .perProcess, since: .v010,
            "see below"),
        KeyRow(
            .noNewPrivs, "no_new_privs", in: .programs, .boolean, default: .value("false"), read: .perProcess,
            since: .v010,
            """
            nothing that it executes gives it rights that it doesn't have: setuid files and capabilities of files \
            have no effect
            """),
        KeyRow(
            .securebits, "securebits", in: .programs, .secureBits, read: .perProcess, since: .v010,
            "`noroot`, `no-setuid-fixup`, `keep-caps`, `no-cap-ambient-raise`, each also with `-locked` for good"),
        KeyRow(
            .nice, "nice", in: .programs, .bounded(-20, 19, .none), read: .perProcess, since: .v010,
            "its priority; below 0 it takes CAP_SYS_NICE"),
        KeyRow(
            .oomScoreAdj, "oom_score_adj", in: .programs, .bounded(-1000, 1000, .none), read: .perProcess,
            since: .v010,
            """
            how soon the kernel kills it for memory: 1000 first, -1000 never; going down takes CAP_SYS_RESOURCE; set \
            when it has just been executed, and if that can't be done it is killed
            """),
        KeyRow(
            .ionice, "ionice", in: .programs, .ioPriority, read: .perProcess, since: .v010,
            """
            `realtime`, `best-effort` or `idle`; the first two with a level from 0 to 7 (`best-effort:7`), 4 when \
            none is said
            """),
        KeyRow(
            .cpuAffinity, "cpu_affinity", in: .programs, .processors, read: .perProcess, since: .v010,
            "the processors that it runs on: `0-3,8`"),
        KeyRow(
            .landlockRO, "landlock_ro", in: .programs, .places, read: .perProcess, since: .v010,
            "it may read and execute these and what is below them; all other use of files is forbidden"),
        KeyRow(
            .landlockRW, "landlock_rw", in: .programs, .places, read: .perProcess, since: .v010,
            "it may do everything with these and what is below them"),
        KeyRow(
            .landlockRequired, "landlock_required", in: .programs, .boolean, default: .value("false"),
            read: .perProcess, since: .v010,
            """
            it doesn't run where the kernel has no Landlock; else it runs without, and the log says so at the start
            """),
    ]
}
