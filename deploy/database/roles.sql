-- The three roles of a database, made where they are missing, as a superuser: the owner of the tables, the service, which
-- was the owner until 0.4.1 and hands over here what it owns, and the reader. As often as one likes. Which rights they
-- have on the tables is said by `manage.py migrate`.
DO $roles$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY '{geoapp_owner,geoapp,geoapp_reader}'::text[] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', role);
        END IF;
    END LOOP;
    IF current_database() NOT IN ('template1', 'postgres') THEN
        EXECUTE format('ALTER DATABASE %I OWNER TO geoapp_owner', current_database());
    END IF;
    IF pg_has_role('geoapp', 'geoapp_owner', 'member') THEN
        REVOKE geoapp_owner FROM geoapp;
    END IF;
    IF pg_has_role('geoapp_reader', 'geoapp', 'member') THEN
        REVOKE geoapp FROM geoapp_reader;
    END IF;
END $roles$;

ALTER ROLE geoapp_owner NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS;

ALTER ROLE geoapp NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;

ALTER ROLE geoapp_reader NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;

ALTER ROLE geoapp_reader SET default_transaction_read_only = on;

REASSIGN OWNED BY geoapp TO geoapp_owner;

ALTER SCHEMA public OWNER TO pg_database_owner;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;

REVOKE USAGE ON LANGUAGE plpgsql, sql FROM PUBLIC;

GRANT USAGE ON LANGUAGE plpgsql, sql TO geoapp_owner;

