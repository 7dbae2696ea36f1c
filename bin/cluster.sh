# shellcheck shell=bash disable=SC2034     # who sources it reads what is set here
# Sourced by bin/database, bin/backup and bin/restore: where a cluster lies, and how its owner is spoken for.

# use_cluster NAME: the private cluster var/NAME, or the one of PGDATA (whose server listens in PGHOST), as in the
# container of the database.
use_cluster() {
    local short
    root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
    home=$root/var/$1
    data=${PGDATA:-$home/data}
    private=yes
    owner=$(id -un)
    identity=()
    # A socket's path has room for 107 bytes. Deep down, the socket stands in a short folder of its own instead.
    socket=$home/socket
    if [ -n "${PGDATA:-}" ]; then
        private=
        home=$(dirname "$data")
        socket=${PGHOST:-/var/run/postgresql}
    elif [ "$(printf %s "$socket" | wc -c)" -gt 88 ]; then
        short=/tmp
        [ "$(id -u)" = 0 ] || [ ! -w "${XDG_RUNTIME_DIR:-}" ] || short=$XDG_RUNTIME_DIR
        socket=$short/geoapp-$(id -u)-$(printf %s "$home" | sha256sum | head -c 12)
    fi
}

# A data directory belongs to the version that made it; a new one gets the newest that has PostGIS.
use_version() {
    if [ -f "$data/PG_VERSION" ]; then
        version=$(cat "$data/PG_VERSION")
    else
        # shellcheck disable=SC2012     # the names are PostgreSQL's
        version=$(ls -d /usr/share/postgresql/*/extension/postgis.control | cut -d/ -f5 | sort -rn | head -n 1)
    fi
    programs=/usr/lib/postgresql/$version/bin
    if [ ! -x "$programs/postgres" ]; then
        echo "$data was made by PostgreSQL $version, which is not installed here. Install postgresql-$version-postgis-3, or move the folder away to start anew." >&2
        exit 1
    fi
}

as_owner() { setpriv "${identity[@]}" "$@"; }

# become_owner FOLDER: what is done as_owner is done by the user postgres where this is root, and reaches the folder.
become_owner() {
    local passage
    [ "$(id -u)" = 0 ] || return 0
    owner=postgres
    # In a folder that only root may enter, as /root is, the server needs leave to pass through.
    for passage in "" +dac_read_search +dac_override; do
        identity=(--reuid postgres --regid postgres --clear-groups ${passage:+--inh-caps $passage --ambient-caps $passage})
        as_owner test -x "$1" 2>/dev/null && break
    done
    return 0
}

# The process that serves the cluster. The number in postmaster.pid may, after a crash, belong to another process.
server() {
    local pid
    pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null) && [ "$(as_owner readlink "/proc/$pid/cwd")" = "$data" ] && echo "$pid"
}
