#!/usr/bin/env bash
# Serves a streaming replica of the database, in the foreground: the one in PGDATA or, where there is none, a new copy of
# the primary. It follows the primary from then on; told so (pg_ctl promote), it takes its place.
#   PRIMARY='host=… user=geoapp_replica' deploy/database/replica.sh [--name=value …]      as the owner of PGDATA
# What it has not fetched yet the primary keeps for it, in the slot REPLICA (replica).
set -euo pipefail
slot=${REPLICA:-replica}
if [ -n "${PRIMARY_PASSWORD_FILE:-}" ]; then
    PGPASSWORD=$(cat "$PRIMARY_PASSWORD_FILE")
    export PGPASSWORD
fi

if [ ! -d "$PGDATA" ]; then
    rm -rf "$PGDATA.unfinished"
    # One that was begun and not ended holds its slot still.
    psql -XqAt "$PRIMARY replication=true" -c "DROP_REPLICATION_SLOT $slot" 2>/dev/null || true
    pg_basebackup --dbname="$PRIMARY" --pgdata="$PGDATA.unfinished" --write-recovery-conf --checkpoint=fast \
        --create-slot --slot="$slot"
    mv "$PGDATA.unfinished" "$PGDATA"
fi
exec postgres -D "$PGDATA" "$@"
