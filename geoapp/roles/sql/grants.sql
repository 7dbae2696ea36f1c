-- What holds for every table: the service reads and writes rows, and changes no table; the reader gets nothing but what
-- the files of the apps give. Applied as the owner after each migration.
DO $grants$
DECLARE
    service CONSTANT text := {service_name};
    reader CONSTANT text := {reader_name};
    given record;
BEGIN
    FOR given IN
        SELECT oid::regclass AS name, relkind FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relowner = current_user::regrole
            AND relkind IN ('r', 'p', 'v', 'm') AND NOT relispartition
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM PUBLIC, %I, %I', given.name, service, reader);
        IF given.relkind IN ('r', 'p') THEN
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %I', given.name, service);
        ELSE
            EXECUTE format('GRANT SELECT ON %s TO %I', given.name, service);
        END IF;
    END LOOP;
    FOR given IN
        SELECT oid::regclass AS name FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relowner = current_user::regrole AND relkind = 'S'
    LOOP
        EXECUTE format('REVOKE ALL ON SEQUENCE %s FROM PUBLIC, %I, %I', given.name, service, reader);
        EXECUTE format('GRANT USAGE, SELECT ON SEQUENCE %s TO %I', given.name, service);
    END LOOP;
    -- What runs with the owner's rights is for the service alone.
    FOR given IN
        SELECT oid::regprocedure AS name FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND proowner = current_user::regrole AND prosecdef
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC, %I', given.name, reader);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', given.name, service);
    END LOOP;
    EXECUTE format('REVOKE CREATE ON SCHEMA public FROM PUBLIC, %I, %I', service, reader);
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I, %I', service, reader);
    EXECUTE format('REVOKE CREATE, TEMPORARY ON DATABASE %I FROM PUBLIC, %I', current_database(), reader);
    EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO %I', current_database(), service);
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), reader);
END $grants$;

-- Which migrations ran is the owner's to say.
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {service};
