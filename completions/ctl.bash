# bash completion for ctl and supervisorctl. Written by scripts/completions from `ctl -h`: change that.
#
# Put it into /usr/share/bash-completion/completions/ctl, or source it. Needs nothing beyond bash 4.

# The programs of the running init, `group:name` where both differ; nothing when there is none.
_ctl_names() {
    local name state rest
    "$@" status 2>/dev/null </dev/null | while read -r name state rest; do
        case $state in
            STOPPED|STARTING|RUNNING|BACKOFF|STOPPING|EXITED|FATAL|UNKNOWN) printf '%s\n' "$name" ;;
        esac
    done
}

_ctl_groups() {
    local name
    _ctl_names "$@" | while read -r name; do printf '%s\n' "${name%%:*}"; done | sort -u
}

_ctl_patterns() {
    local name names
    names=$(_ctl_names "$@")
    printf '%s\n' "$names"
    printf '%s\n' "$names" | while read -r name; do
        case $name in *:*) printf '%s\n' "${name%%:*}:*" ;; esac
    done | sort -u
}

# What the configuration has and init has not in service.
_ctl_new() {
    local name state rest
    "$@" avail 2>/dev/null </dev/null | while read -r name state rest; do
        [ "$state" = avail ] && printf '%s\n' "${name%%:*}"
    done | sort -u
}

_ctl() {
    # By white space alone: readline also splits at colons and equal signs.
    local line=${COMP_LINE:0:COMP_POINT} current='' previous='' action='' flags='' ask='' more='' word
    local -i count=0 limit=0 skip=0
    local -a words offered=() where
    read -ra words <<<"$line"
    case $line in *[[:space:]]) ;; *) current=${words[-1]}; unset 'words[-1]' ;; esac
    where=("${words[0]}")
    for word in "${words[@]:1}"; do
        if [ -n "$action" ]; then
            case $word in -*) ;; *) count+=1 ;; esac
        elif ((skip)); then
            skip=0
            where+=("$word")
        else
            case $word in
                -c|--configuration|-s|--serverurl|-u|--username|-p|--password|-r|--history_file) skip=1; where+=("$word") ;;
                -*) where+=("$word") ;;
                *) action=$word ;;
            esac
        fi
        previous=$word
    done
    COMPREPLY=()
    if ((skip)); then
        case $previous in
            -c|--configuration|-r|--history_file) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
        esac
        return
    fi
    if [ -z "$action" ]; then
        case $current in
            -*) offered=(-c --configuration -h --help -i --interactive -s --serverurl -u --username -p --password -r --history_file -v --version) ;;
            *) offered=(add avail clear drain exit fg health logs maintail migrate open pid probe quit reload reload-program remove reread restart scale shutdown signal start status stop tail top tree update version wait help) ;;
        esac
    else
        case $action in
        add) flags='' ask=new ;;
        clear) flags='' ask=names more=all ;;
        drain) flags='--for= --off' ;;
        fg) flags='' ask=names limit=1 ;;
        health) flags='--level=' ask=patterns ;;
        logs) flags='-n -f' ask=patterns ;;
        maintail) flags='-f' ;;
        pid) flags='' ask=names more=all ;;
        probe) flags='-t --expect= --body=' ;;
        reload-program) flags='' ask=patterns more=all ;;
        remove) flags='' ask=groups ;;
        restart) flags='--with-dependents --rolling --timeout=' ask=patterns more=all ;;
        signal) flags='' ask=patterns more=all ;;
        start) flags='--no-deps' ask=patterns more=all ;;
        status) flags='-l --long --short --watch --json' ask=patterns ;;
        stop) flags='--with-dependents' ask=patterns more=all ;;
        tail) flags='-f' ask=names limit=1 ;;
        top) flags='--sort= --filter= --read-only --once --json' ask=patterns ;;
        tree) flags='' ask=patterns ;;
        update) flags='' ask=groups more=all ;;
        version) flags='--json' ;;
        wait) flags='--for= --timeout=' ask=patterns more=all ;;
        help) offered=(add avail clear drain exit fg health logs maintail migrate open pid probe quit reload reload-program remove reread restart scale shutdown signal start status stop tail top tree update version wait) ;;
        esac
        case $current in
            --for=*) for word in stopped starting running backoff stopping exited fatal unknown down; do offered+=("--for=$word"); done ;;
            -*) read -ra offered <<<"$flags" ;;
            *)
                if [ "$action" = signal ] && ((count == 0)); then
                    offered=(HUP INT QUIT KILL USR1 USR2 TERM STOP CONT WINCH)
                elif [ "$action" = tail ] && ((count == 1)); then
                    offered=(stdout stderr)
                elif [ -n "$ask" ] && ((limit == 0 || count < limit)); then
                    mapfile -t offered < <("_ctl_$ask" "${where[@]}")
                    [ -n "$more" ] && offered+=("$more")
                fi
                ;;
        esac
    fi
    # Of a word that readline splits only what is behind the last break is replaced.
    local cut=${current%"${current##*[:=]}"}
    case $COMP_WORDBREAKS in *:*|*=*) ;; *) cut='' ;; esac
    for word in "${offered[@]}"; do
        [ -n "$word" ] && [[ $word == "$current"* ]] && COMPREPLY+=("${word#"$cut"}")
    done
    case ${COMPREPLY[0]-} in *=) compopt -o nospace 2>/dev/null ;; esac
}

complete -F _ctl ctl supervisorctl
