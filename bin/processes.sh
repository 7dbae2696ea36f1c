# shellcheck shell=bash
# Sourced by bin/run, bin/test and bin/bench: starts processes whose lines carry their name, and leaves none behind.
# However the script ends, what it started is stopped: the database, which all others use, at last.

# What Python compiled once is kept: without it each process takes up to seven seconds of a core to begin.
unset PYTHONDONTWRITEBYTECODE

# Letters become files in var/mail, where nothing else is said.
export EMAIL_URL=${EMAIL_URL-filemail://}

declare -A processes=()
served=     # the private cluster that this script serves
trap stop_all EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# start NAME COMMAND…: in a session of its own, so that the terminal's Ctrl-C reaches this script alone, which stops
# the others in order. Should this script be killed outright, the kernel tells them (--pdeathsig); one that was too
# slow to ask the kernel for that finds itself with another parent, and does not begin.
start() {
    # shellcheck disable=SC2016     # the child reads these
    local name=$1 lines begin='[ $PPID = "$0" ] && exec "$@"'
    shift
    exec {lines}> >(trap '' INT TERM HUP; exec sed -u "s/^/$(printf '%-8s' "$name") │ /")
    PYTHONUNBUFFERED=1 setsid setpriv --pdeathsig TERM bash -c "$begin" $$ "$@" </dev/null >&$lines 2>&1 {lines}>&- &
    processes[$name]=$!
    exec {lines}>&-
}

# Whether anything of what began as this process is there: itself, which takes a moment to get its session, or a child.
alive() { kill -0 "$1" 2>/dev/null || kill -0 -- "-$1" 2>/dev/null; }

# wait_for_end PROCESS UNTIL: until then (in SECONDS of this script) it may stop in its own way.
wait_for_end() {
    while ((SECONDS < $2)); do
        alive "$1" || return 0
        # Gone itself, but its children are left: they have not been told yet.
        [ -d "/proc/$1" ] || kill -TERM -- "-$1" 2>/dev/null
        sleep 0.1
    done
    kill -KILL -- "-$1" 2>/dev/null
}

stop_all() {
    local name until=$((SECONDS + 10))  # for all of them: they were told at the same moment
    set +e      # one that is gone already must not keep the others from being stopped
    trap '' INT TERM HUP
    [ -z "$served" ] || echo $$ >"var/$served.stopping"
    for name in "${!processes[@]}"; do
        [ "$name" = database ] || kill -TERM "${processes[$name]}" 2>/dev/null
    done
    for name in "${!processes[@]}"; do
        [ "$name" = database ] || wait_for_end "${processes[$name]}" "$until"
    done
    if [ -n "${processes[database]:-}" ]; then
        kill -INT "${processes[database]}" 2>/dev/null      # “stop now, in good order”
        wait_for_end "${processes[database]}" $((SECONDS + 10))
    fi
    wait
    [ -z "$served" ] || rm -f "var/$served.stopping"
}

# wait_while_stopping NAME: a script that is stopping takes its database with it, at last; whoever begins with it now
# would lose it under its feet. So it is waited for, and what it had (the database, the port) is free then.
wait_while_stopping() {
    local mark=var/$1.stopping process until=$((SECONDS + 60))
    [ -z "${DATABASE_URL:-}" ] && process=$(cat "$mark" 2>/dev/null) && kill -0 "$process" 2>/dev/null || return 0
    echo "What ran here before is still stopping (process $process); waiting for it."
    while [ -e "$mark" ] && kill -0 "$process" 2>/dev/null; do
        if ((SECONDS >= until)); then
            echo "It does not come to an end. Stop process $process, then begin again." >&2
            exit 1
        fi
        sleep 0.1
    done
}

# use_database NAME [setting=value …]: the private cluster var/NAME, unless DATABASE_URL says otherwise. One that
# somebody else is serving already is used and left running.
use_database() {
    local tries
    [ -z "${DATABASE_URL:-}" ] || return 0
    wait_while_stopping "$1"
    if ! DATABASE_URL=$(bin/database --url "$1"); then
        start database bin/database "$@"
        served=$1
        for ((tries = 0; tries < 600; tries++)); do
            DATABASE_URL=$(bin/database --url "$1") && break
            if ! alive "${processes[database]}"; then
                echo "The database did not start; its lines above say why." >&2
                exit 1
            fi
            sleep 0.1
        done
    fi
    DATABASE_OWNER_URL=$(bin/database --url "$1" geoapp_owner)
    DATABASE_READER_URL=$(bin/database --url "$1" geoapp_reader)
    export DATABASE_URL DATABASE_OWNER_URL DATABASE_READER_URL
}

# The key of this checkout with which the last seal of each day is signed, made once.
use_heads_key() {
    [ -z "${HEADS_KEY:-}${HEADS_KEY_FILE:-}" ] || return 0
    [ -s var/heads_key ] || (umask 077 && head -c 32 /dev/urandom | base64 >var/heads_key)
    export HEADS_KEY_FILE=$PWD/var/heads_key
}

# The keys of this checkout, each made once: for sessions and signed links, and for personal data in the database.
use_keys() {
    if [ -z "${SECRET_KEY:-}${SECRET_KEY_FILE:-}" ]; then
        [ -s var/secret_key ] || (umask 077 && python -c 'import secrets; print(secrets.token_urlsafe(50))' >var/secret_key)
        export SECRET_KEY_FILE=$PWD/var/secret_key
    fi
    if [ -z "${DATA_KEYS:-}${DATA_KEYS_FILE:-}" ]; then
        [ -s var/data_keys ] || (umask 077 && python bin/data_key --first >var/data_keys)
        export DATA_KEYS_FILE=$PWD/var/data_keys
    fi
}
