# Read by the database's image when it makes a new cluster, after PostGIS is in: the account of the service, which owns
# its tables and is no superuser.
psql -v ON_ERROR_STOP=1 -U postgres -d geoapp -v password="$(cat /run/secrets/database_password)" <<'SQL'
CREATE ROLE geoapp LOGIN PASSWORD :'password';
ALTER DATABASE geoapp OWNER TO geoapp;
ALTER SCHEMA public OWNER TO geoapp;
SQL
