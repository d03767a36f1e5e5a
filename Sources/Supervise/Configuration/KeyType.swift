/// What may stand behind a key: how it is converted, described and written in a schema.
enum KeyType: Equatable {
    case boolean
    /// supervisord's: of any size.
    case integer(KeyUnit)
    /// A number, or one that fits the processors.
    case processCount
    case bounded(Int32, Int32, KeyUnit)
    /// With up to three decimals; the bounds are thousandths.
    case decimal(Int32, Int32, KeyUnit)
    case size
    case octal
    case text
    /// A command that can be split into words.
    case hook
    case profiles, programType
    case oneOf(WordList)
    case autoRestart, endPolicy, healthAction, notify, exitCodes, logLevel
    /// The address of a server that a health check asks.
    case probe
    /// That a program lives on after.
    case signal
    /// One or several, separated by spaces.
    case signals
    /// A user that exists; `unprivilegedUser` isn't root.
    case user, unprivilegedUser
    /// Looked up when everything else has been read.
    case supervisorUser
    case group, groups
    /// `user` or `user:group`.
    case ownership
    /// A program's log.
    case log
    /// Paths of the supervisor's own log and pidfile, whose folder exists.
    case ownLog, pidfile
    /// A folder that exists.
    case folder
    /// As it is written.
    case plainPath
    /// Made absolute; an empty one is none, if it may be.
    case path, optionalPath
    /// Paths, each with `-` in front if it may be missing.
    case places, placesByName
    case variables
    /// Expanded twice, and known to all that is read later.
    case supervisorVariables
    /// `AUTO` is none.
    case serverURL
    /// `unix://` URLs become absolute.
    case clientURL
    case capabilities, initCapabilities, secureBits
    /// RLIMIT_* by its number.
    case limit(Int32)
    case ioPriority, processors
    case memoryLimit, cpuQuota, processLimit
    case bufferSize, backlog
    case hosts
    // What code of its own reads.
    case command, nameFormat, programs, events, handler, socketURL, socketMode, address, socketPath, password,
        passwordFile, patterns, factory, dependencies
}

/// What a number counts.
enum KeyUnit: Equatable {
    case seconds, count, none
}
