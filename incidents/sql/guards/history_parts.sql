-- The history (incidents.models.Event) lies in parts, partitions by its numbers, which follow its time: the oldest part,
-- those after it, 4,000,000 lines each, and one that takes whatever has no part of its own, so that no line is refused.

-- Makes the next part unless there is one that nobody writes into yet. Returns its name, or nothing. It begins where the
-- last one ends; or, where that was missed, so far ahead that nothing of it can lie in the part for the rest. Whoever
-- calls it sets lock_timeout, for the tables that refer to the history are held for a moment. With the rights of the
-- tables' owner; nobody else has a right to the part but through the whole.
CREATE OR REPLACE FUNCTION add_history_part() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    lines CONSTANT bigint := 4000000;
    written bigint := greatest((SELECT max(id) FROM incidents_event), (SELECT last_value FROM incidents_event_id_seq));
    begins bigint;
    ends bigint;
    name text;
    other record;
BEGIN
    PERFORM pg_advisory_xact_lock(7300015);  -- Lock.HISTORY_PARTS
    SELECT coalesce(nullif(bounds[1], ''), '0')::bigint, bounds[2]::bigint INTO begins, ends
    FROM pg_inherits JOIN pg_class part ON part.oid = inhrelid
    CROSS JOIN regexp_match(pg_get_expr(relpartbound, part.oid), 'FROM \(''?(\d*)\D*\) TO \(''?(\d+)''?\)') bounds
    WHERE inhparent = 'public.incidents_event'::regclass AND bounds IS NOT NULL
    ORDER BY 2 DESC LIMIT 1;
    IF begins > written THEN
        RETURN NULL;
    END IF;
    begins := greatest(ends, CASE WHEN ends <= written THEN (written / 1000000 + 2) * 1000000 ELSE 0 END);
    name := 'incidents_event_' || begins;
    EXECUTE format('CREATE TABLE public.%I (LIKE incidents_event INCLUDING ALL EXCLUDING IDENTITY)', name);
    FOR other IN SELECT DISTINCT grantee FROM pg_class, aclexplode(relacl)
        WHERE oid = format('public.%I', name)::regclass AND grantee NOT IN (0, relowner)
    LOOP
        EXECUTE format('REVOKE ALL ON public.%I FROM %s', name, other.grantee::regrole);
    END LOOP;
    EXECUTE format('ALTER TABLE incidents_event ATTACH PARTITION public.%I FOR VALUES FROM (%s) TO (%s)',
        name, begins, begins + lines);
    RETURN name;
END
$$;
