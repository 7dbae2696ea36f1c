# shellcheck shell=bash disable=SC2034,SC2154     # bin/cluster.sh sets some, the scripts read the others
# Sourced by bin/backup and bin/restore: where backups lie and how they are locked. pgBackRest keeps the database, restic
# the files; both lock what they write with the key in BACKUP_KEY_FILE, without which nothing can be read back.
#   BACKUP_DIR         where backups lie: another disk, or a folder that another machine serves
#   BACKUP_KEY_FILE    var/backup_key; keep a copy where neither this machine nor the backups are
#   BACKUP_DAYS        14: to any minute of so many days back can be gone
#   MEDIA_ROOT         var/media

use_backups() {
    local program which
    for program in pgbackrest restic jq; do
        command -v $program >/dev/null && continue
        echo "$program is not installed: apt install pgbackrest restic jq" >&2
        exit 1
    done
    if [ -z "${BACKUP_DIR:-}" ]; then
        echo "BACKUP_DIR is not set: say where backups lie, for the server as well (BACKUP_DIR=… bin/run)." >&2
        exit 1
    fi
    media=${MEDIA_ROOT:-${VAR_DIR:-$root/var}/media}
    key_file=${BACKUP_KEY_FILE:-$root/var/backup_key}
    if [ ! -s "$key_file" ]; then
        echo "There is no key in $key_file." >&2
        exit 1
    fi
    which=$(printf %s "$data" | sha256sum | head -c 12)   # two cities of one machine do not wait for one another
    export PGBACKREST_STANZA=geoapp PGBACKREST_PG1_PATH=$data PGBACKREST_PG1_SOCKET_PATH=$socket \
        PGBACKREST_PG1_USER=postgres PGBACKREST_REPO1_PATH=$BACKUP_DIR/database \
        PGBACKREST_REPO1_CIPHER_TYPE=aes-256-cbc PGBACKREST_REPO1_RETENTION_FULL_TYPE=time \
        PGBACKREST_REPO1_RETENTION_FULL=${BACKUP_DAYS:-14} PGBACKREST_REPO1_BUNDLE=y PGBACKREST_COMPRESS_TYPE=zst \
        PGBACKREST_START_FAST=y PGBACKREST_LOCK_PATH=/tmp/pgbackrest-$owner-$which PGBACKREST_LOG_LEVEL_CONSOLE=warn \
        PGBACKREST_LOG_LEVEL_FILE=off PGBACKREST_LOG_LEVEL_STDERR=off
    export RESTIC_REPOSITORY=$BACKUP_DIR/files RESTIC_PASSWORD_FILE=$key_file RESTIC_CACHE_DIR=$BACKUP_DIR/cache \
        RESTIC_PROGRESS_FPS=0.1
    PGBACKREST_REPO1_CIPHER_PASS=$(cat "$key_file")
    export PGBACKREST_REPO1_CIPHER_PASS
}

database_backup() { as_owner pgbackrest --no-config "$@"; }
