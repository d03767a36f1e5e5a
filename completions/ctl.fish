# fish completion for ctl and supervisorctl. Written by scripts/completions from `ctl -h`: change that.
#
# Put it into /usr/share/fish/vendor_completions.d, or ~/.config/fish/completions.

# The part of the command line that selects the server: the program and its options.
function __ctl_where
    set -l words (commandline -opc)
    set -l skip 0
    echo $words[1]
    for word in $words[2..]
        if test $skip = 1
            set skip 0
            echo -- $word
        else if contains -- $word -c --configuration -s --serverurl -u --username -p --password -r --history_file
            set skip 1
            echo -- $word
        else if string match -q -- '-*' $word
            echo -- $word
        else
            return
        end
    end
end

# The action and what follows it, without options.
function __ctl_words
    set -l words (commandline -opc)
    set -l count (count (__ctl_where))
    string match -v -- '-*' $words[(math $count + 1)..]
end

function __ctl_needs_action
    test (count (__ctl_words)) -eq 0
end

# The action is one of those.
function __ctl_in
    set -l words (__ctl_words)
    test (count $words) -gt 0; and contains -- $words[1] $argv
end

# As many names are there.
function __ctl_has
    test (count (__ctl_words)) -eq (math $argv[1] + 1)
end

# The programs of the running init; nothing when there is none.
function __ctl_names
    set -l where (__ctl_where)
    command $where status 2>/dev/null </dev/null | string replace -rf '^(\S+)\s+(STOPPED|STARTING|RUNNING|BACKOFF|STOPPING|EXITED|FATAL|UNKNOWN)\b.*' '$1'
end

function __ctl_groups
    __ctl_names | string replace -r ':.*' '' | sort -u
end

function __ctl_patterns
    set -l names (__ctl_names)
    printf '%s\n' $names
    string match -- '*:*' $names | string replace -r ':.*' ':*' | sort -u
end

# What the configuration has and init has not in service.
function __ctl_new
    set -l where (__ctl_where)
    command $where avail 2>/dev/null </dev/null | string replace -rf '^([^\s:]+)\S*\s+avail\b.*' '$1' | sort -u
end

for program in ctl supervisorctl
    complete -c $program -f
    complete -c $program -n __ctl_needs_action -s c -l configuration -r -F -d 'read [supervisorctl] from this file'
    complete -c $program -n __ctl_needs_action -s h -l help -d 'print this and exit'
    complete -c $program -n __ctl_needs_action -s i -l interactive -d 'confirm shutdown and reload'
    complete -c $program -n __ctl_needs_action -s s -l serverurl -r -d 'the server to control: unix:///path/of/socket or http://host:port'
    complete -c $program -n __ctl_needs_action -s u -l username -r -d 'for a server that asks for a password'
    complete -c $program -n __ctl_needs_action -s p -l password -r -d 'for a server that asks for a password'
    complete -c $program -n __ctl_needs_action -s r -l history_file -r -F -d 'keep the shell\'s history here'
    complete -c $program -n __ctl_needs_action -s v -l version -d 'print the version, the commit and the features, and exit'
    complete -c $program -n __ctl_needs_action -a add -d 'activate programs or groups of the configuration that was read last'
    complete -c $program -n __ctl_needs_action -a avail -d 'list the configured programs, and whether they are in use'
    complete -c $program -n __ctl_needs_action -a clear -d 'clear the log files of these programs'
    complete -c $program -n __ctl_needs_action -a drain -d 'let readiness probes fail while programs run on, until everything ends'
    complete -c $program -n __ctl_needs_action -a exit -d 'leave the shell'
    complete -c $program -n __ctl_needs_action -a fg -d 'show a program\'s output and type into its stdin; Ctrl-C to leave'
    complete -c $program -n __ctl_needs_action -a health -d 'for probes: exit code 0 if every program with autostart is running or completed'
    complete -c $program -n __ctl_needs_action -a logs -d 'the last 10 lines (-n all: all) of programs, after "name | ", for stderr "name ! "'
    complete -c $program -n __ctl_needs_action -a maintail -d 'the last 1600 bytes of the supervisor\'s own log'
    complete -c $program -n __ctl_needs_action -a migrate -d 'print what to change in files made for supervisord, as a diff: Dockerfiles, too'
    complete -c $program -n __ctl_needs_action -a open -d 'control another supervisor from now on: unix:///path/of/socket, http://host:port'
    complete -c $program -n __ctl_needs_action -a pid -d 'the supervisor\'s process id'
    complete -c $program -n __ctl_needs_action -a probe -d 'ask a server once: exit code 0 if its status is 200 to 399, else 1'
    complete -c $program -n __ctl_needs_action -a quit -d 'leave the shell'
    complete -c $program -n __ctl_needs_action -a reload -d 'stop everything, read the configuration, start again'
    complete -c $program -n __ctl_needs_action -a reload-program -d 'let these read their configuration: reloadsignal, reload_command'
    complete -c $program -n __ctl_needs_action -a remove -d 'deactivate stopped programs or groups'
    complete -c $program -n __ctl_needs_action -a reread -d 'read the configuration and show what has changed; starts and stops nothing'
    complete -c $program -n __ctl_needs_action -a restart -d 'stop and start these programs'
    complete -c $program -n __ctl_needs_action -a scale -d 'run so many processes of a program, until init starts again'
    complete -c $program -n __ctl_needs_action -a shutdown -d 'stop everything and exit'
    complete -c $program -n __ctl_needs_action -a signal -d 'send a signal (HUP, SIGHUP, 1) to these programs'
    complete -c $program -n __ctl_needs_action -a start -d 'start these programs, and wait until they run'
    complete -c $program -n __ctl_needs_action -a status -d 'show the state of all programs'
    complete -c $program -n __ctl_needs_action -a stop -d 'stop these programs, and wait until they have exited'
    complete -c $program -n __ctl_needs_action -a tail -d 'the last 1600 bytes of a program\'s log (default: stdout)'
    complete -c $program -n __ctl_needs_action -a top -d 'all programs on a screen that stays current; ? explains its keys'
    complete -c $program -n __ctl_needs_action -a tree -d 'show the processes of all programs or of these, and the orphans that init has adopted'
    complete -c $program -n __ctl_needs_action -a update -d 'read the configuration, then stop, start and restart what has changed'
    complete -c $program -n __ctl_needs_action -a version -d 'the version of supervisord that the supervisor speaks'
    complete -c $program -n __ctl_needs_action -a wait -d 'wait until all of these are ready at the same time: running or completed'
    complete -c $program -n __ctl_needs_action -a help -d 'explain actions'
    complete -c $program -n '__ctl_in help' -a 'add avail clear drain exit fg health logs maintail migrate open pid probe quit reload reload-program remove reread restart scale shutdown signal start status stop tail top tree update version wait'
    complete -c $program -n '__ctl_in add' -a '(__ctl_new)'
    complete -c $program -n '__ctl_in remove update' -a '(__ctl_groups)'
    complete -c $program -n '__ctl_in fg tail; and __ctl_has 0' -a '(__ctl_names)'
    complete -c $program -n '__ctl_in clear pid' -a '(__ctl_names)'
    complete -c $program -n '__ctl_in health logs reload-program restart start status stop top tree wait' -a '(__ctl_patterns)'
    complete -c $program -n '__ctl_in signal; and __ctl_has 0' -a 'HUP INT QUIT KILL USR1 USR2 TERM STOP CONT WINCH'
    complete -c $program -n '__ctl_in signal; and not __ctl_has 0' -a '(__ctl_patterns)'
    complete -c $program -n '__ctl_in tail; and __ctl_has 1' -a 'stdout stderr'
    complete -c $program -n '__ctl_in clear pid reload-program restart start stop update wait' -a all
    complete -c $program -n '__ctl_in drain' -l for -x -a 'stopped starting running backoff stopping exited fatal unknown down'
    complete -c $program -n '__ctl_in drain' -l off
    complete -c $program -n '__ctl_in health' -l level -x
    complete -c $program -n '__ctl_in logs' -s n
    complete -c $program -n '__ctl_in logs' -s f
    complete -c $program -n '__ctl_in maintail' -s f
    complete -c $program -n '__ctl_in probe' -s t
    complete -c $program -n '__ctl_in probe' -l expect -x
    complete -c $program -n '__ctl_in probe' -l body -x
    complete -c $program -n '__ctl_in restart' -l with-dependents
    complete -c $program -n '__ctl_in restart' -l rolling
    complete -c $program -n '__ctl_in restart' -l timeout -x
    complete -c $program -n '__ctl_in start' -l no-deps
    complete -c $program -n '__ctl_in status' -s l
    complete -c $program -n '__ctl_in status' -l long
    complete -c $program -n '__ctl_in status' -l short
    complete -c $program -n '__ctl_in status' -l watch
    complete -c $program -n '__ctl_in status' -l json
    complete -c $program -n '__ctl_in stop' -l with-dependents
    complete -c $program -n '__ctl_in tail' -s f
    complete -c $program -n '__ctl_in top' -l sort -x
    complete -c $program -n '__ctl_in top' -l filter -x
    complete -c $program -n '__ctl_in top' -l read-only
    complete -c $program -n '__ctl_in top' -l once
    complete -c $program -n '__ctl_in top' -l json
    complete -c $program -n '__ctl_in version' -l json
    complete -c $program -n '__ctl_in wait' -l for -x -a 'stopped starting running backoff stopping exited fatal unknown down'
    complete -c $program -n '__ctl_in wait' -l timeout -x
end
