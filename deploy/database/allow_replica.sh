#!/usr/bin/env bash
# Lets a streaming replica follow this database; once, in its container (see deploy/machines.yml):
#   docker compose exec database /roles/allow_replica.sh
# Makes the role geoapp_replica, which may copy the database and nothing else, lets it in by password, and says how much is
# kept for a replica that does not come: more than that, and it has to be copied anew.
set -euo pipefail
psql -v ON_ERROR_STOP=1 -q -U postgres -d postgres -v password="$(cat /run/secrets/database_replica_password)" <<'SQL'
SELECT 'CREATE ROLE geoapp_replica' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'geoapp_replica') \gexec
ALTER ROLE geoapp_replica LOGIN REPLICATION PASSWORD :'password';
ALTER SYSTEM SET max_slot_wal_keep_size = '20GB';
SQL
line="host replication geoapp_replica samenet scram-sha-256"
grep -qxF "$line" "$PGDATA/pg_hba.conf" || echo "$line" >>"$PGDATA/pg_hba.conf"
psql -q -U postgres -d postgres -c "SELECT pg_reload_conf()" >/dev/null
