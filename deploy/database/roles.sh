#!/usr/bin/env bash
# Run by the database's image when it makes a new cluster, after PostGIS is in; and by hand where there is one already:
#   docker compose exec database bash /docker-entrypoint-initdb.d/roles.sh
# Makes the three roles, gives them the passwords of deploy/secrets, and hands what the service owned to the owner.
set -euo pipefail
psql -v ON_ERROR_STOP=1 -q -U postgres -d geoapp -f /roles/roles.sql
for role in owner service reader; do
    name=geoapp_$role
    [ $role != service ] || name=geoapp
    psql -v ON_ERROR_STOP=1 -q -U postgres -d geoapp -v name="$name" \
        -v password="$(cat "/run/secrets/database_${role}_password")" <<<"ALTER ROLE :\"name\" PASSWORD :'password'"
done
