-- Words that were erased lie on in dead rows until VACUUM takes these. The service owns no table: it has autovacuum come at once
-- to the tables in which people's words lie, and says that it need not any more when it has been there.
CREATE OR REPLACE FUNCTION tables_of_words() RETURNS TABLE (name regclass) LANGUAGE sql STABLE AS $$
    SELECT pg_class.oid::regclass FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND (
        oid = ANY (array_remove(ARRAY(SELECT to_regclass('public.incidents_' || name) FROM unnest(string_to_array(
            'report incident incidentwords coverednote notice heldreport rating enquiry enquirynote idea ideasupport storedmail storedsms chatevent'
            ' draft call voicecall subjectrequest', ' ')) AS name), NULL)::oid[])
        OR oid IN (SELECT relid FROM pg_partition_tree('public.incidents_event'))
    )
$$;

CREATE OR REPLACE FUNCTION vacuum_words_soon() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    given regclass;
BEGIN
    FOR given IN SELECT name FROM tables_of_words() ORDER BY name LOOP
        EXECUTE format('ALTER TABLE %s SET (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0)', given);
    END LOOP;
END
$$;

-- The tables to which it has not come since a moment, of those that have had dead rows; the others are as ever again.
CREATE OR REPLACE FUNCTION words_to_vacuum(since timestamptz) RETURNS SETOF regclass
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    given regclass;
BEGIN
    FOR given IN SELECT name FROM tables_of_words() ORDER BY name LOOP
        IF EXISTS (
            SELECT FROM pg_stat_all_tables WHERE relid = given AND n_dead_tup > 0
                AND since > coalesce(greatest(last_vacuum, last_autovacuum), '-infinity')
        ) THEN
            RETURN NEXT given;
        ELSE
            EXECUTE format('ALTER TABLE %s RESET (autovacuum_vacuum_threshold, autovacuum_vacuum_scale_factor)', given);
        END IF;
    END LOOP;
END
$$;
