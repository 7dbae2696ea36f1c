-- How many more lines of history there is a part for; 0 where they go into the part for the rest.
SELECT greatest(0, coalesce(max(substring(pg_get_expr(relpartbound, part.oid) FROM 'TO \(''?(\d+)''?\)')::bigint), 0) - 1
                   - (SELECT coalesce(max(id), 0) FROM incidents_event))
FROM pg_inherits JOIN pg_class part ON part.oid = inhrelid
WHERE inhparent = 'incidents_event'::regclass
