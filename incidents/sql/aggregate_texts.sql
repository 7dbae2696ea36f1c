-- Which incidents have a text in what everybody may read of them, in one moment: "unknown" below is the query of those that
-- the process does not know yet, "one" that of the one with the key changed.incident_id, if it has the text. Gives which
-- database says it, the transaction from which on changes are not seen yet, the keys, eight bytes each, of the unknown
-- ones, and of those of whose words a transaction from "number" on wrote, with the text and without it.
WITH changed AS (
    SELECT incident_id, EXISTS ({one}) AS has_text
    FROM incidents_incidentwords changed
    WHERE changed_in > 0 AND changed_in >= %(number)s::bigint
        -- rows from a dump may name transactions that are yet to come
        AND (changed_in < pg_snapshot_xmax(pg_current_snapshot())::text::bigint
             OR changed_in = pg_current_xact_id_if_assigned()::text::bigint)
)
SELECT pg_postmaster_start_time()::text || ' ' || pg_relation_filenode('incidents_incidentwords')::text,
       pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
       (SELECT string_agg(int8send(id), '') FROM ({unknown}) unknown),
       (SELECT string_agg(int8send(incident_id), '') FROM changed WHERE has_text),
       (SELECT string_agg(int8send(incident_id), '') FROM changed WHERE NOT has_text)
