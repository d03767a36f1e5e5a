/// Keys that code refers to; what they mean stands in their rows of `KeyTable`.
enum Key: UInt8, CaseIterable {
    // Everywhere.
    case priority, directory, user, umask, environment, serverurl, username, password
    // [supervisord]
    case minfds, minprocs, logfile, logfileMaxbytes, logfileBackups, loglevel, pidfile, identifier, nodaemon, silent,
        childlogdir, nocleanup, stripANSI, controlSocket, gateway, gatewayIdleTimeout, gatewayUser,
        initCapabilities, killOrphans, exitWhenDone, successExitCodes, terminationLog, shutdownMode, shutdownTimeout,
        shutdownDelay, notifyParent, updateMode
    // [program:x] and what is made of it
    case command, processName, numprocs, numprocsStart, autostart, autorestart, startsecs, startretries, stopsignal,
        stopwaitsecs, stopasgroup, killasgroup, exitcodes, redirectStderr, envFile, environmentFromFiles,
        backoffDelay, backoffFactor, backoffLimit, backoffJitter, fatalRetrySecs, noRestartExitcodes, onSuccess,
        onFailure, onFatal, dependsOn, type, enabled, profiles, startCondition, preStartHook, postStartHook,
        preStopHook, postStopHook, reloadCommand, stopCommand, startConditionTimeout, preStartHookTimeout,
        postStartHookTimeout, preStopHookTimeout, postStopHookTimeout, reloadCommandTimeout, reloadsignal, watch,
        watchAction, watchDebounce
    case notify, startTimeout, watchdogSecs
    case healthcheckCommand, healthcheckHTTP, healthcheckTCP, healthcheckInterval, healthcheckTimeout,
        healthcheckRetries, healthcheckStartPeriod, healthcheckStartInterval, healthcheckAction
    case stdoutLogfile, stdoutLogfileMaxbytes, stdoutLogfileBackups, stdoutCaptureMaxbytes, stdoutEventsEnabled,
        stdoutSyslog
    case stderrLogfile, stderrLogfileMaxbytes, stderrLogfileBackups, stderrCaptureMaxbytes, stderrEventsEnabled,
        stderrSyslog
    case memoryMax, memoryHigh, cpuMax, pidsMax, cgroupRequired
    // [program:x], how it is executed; the limits in the order of the kernel's numbers
    case group, supplementaryGroups, userEnv, capabilities, noNewPrivs, securebits, nice, ionice, oomScoreAdj,
        cpuAffinity, landlockRO, landlockRW, landlockRequired
    case rlimitCPU, rlimitFSize, rlimitData, rlimitStack, rlimitCore, rlimitRSS, rlimitNProc, rlimitNoFile,
        rlimitMemlock, rlimitAS, rlimitLocks, rlimitSigPending, rlimitMsgQueue, rlimitNice, rlimitRTPrio, rlimitRTTime
    // [group:x], [eventlistener:x], [fcgi-program:x]
    case programs, bufferSize, events, timeout, resultHandler, socket, socketBacklog, socketOwner, socketMode
    // [inet_http_server], [unix_http_server], [include], [supervisorctl], [rpcinterface:x], [ctlplugin:x]
    case port, file, chown, chmod, allowUnauthenticated, allowedHosts, webGetActions, healthPublic, basePath, files,
        prompt,
        historyFile, rpcFactory, ctlFactory, passwordFile

    /// Keys that say how a program is executed, beyond what supervisord knows.
    static let execution = Key.group.rawValue...Key.rlimitRTTime.rawValue
    static let backoff = Key.backoffDelay.rawValue...Key.backoffJitter.rawValue
    /// In the order of `HookKind`; their time limits follow, except that of the last one.
    static let hooks = Key.startCondition.rawValue...Key.stopCommand.rawValue
    static let cgroup = Key.memoryMax.rawValue...Key.cgroupRequired.rawValue
}
