-- How each unit works in a period: what is open, what was done and when, what it was granted, what citizens dispute and how
-- they rate it, how often it was reminded. "open" below stands for a query of what is open of those that count:
-- authority_id, state, due_at; "shown" for one of all that count: id, authority_id; "parts" for what sums/units.py gives
-- of the period: what was done, and ratings.
-- planner: the lines are read once, their owners in the order of their keys.
WITH lived AS (
    SELECT authority_id, count(*) AS open, count(*) FILTER (WHERE state = ANY(%(running)s) AND due_at < %(now)s) AS late
    FROM ({open}) open
    GROUP BY authority_id
), worked AS (
    SELECT authority_id, sum(done)::int AS done, sum(in_time)::int AS in_time, sum(in_time_first)::int AS in_time_first,
           sum(stars) AS stars, sum(ratings)::int AS ratings
    FROM ({parts}) summed
    WHERE %(fields)s::bigint[] IS NULL OR category_id = ANY(%(fields)s)
    GROUP BY authority_id
), lines AS MATERIALIZED (
    SELECT incident_id, kind = 'disputed' AS disputed, kind = 'upheld' AS upheld, false AS asked, false AS granted,
           false AS reminded
    FROM incidents_event
    WHERE kind IN ('disputed', 'upheld') AND at >= %(first)s AND at < %(last)s
    UNION ALL
    SELECT incident_id, false, false, true, granted IS TRUE, false
    FROM incidents_extension
    WHERE asked_at >= %(first)s AND asked_at < %(last)s
    UNION ALL
    SELECT incident_id, false, false, false, false, true
    FROM incidents_reminder
    WHERE told AND at >= %(first)s AND at < %(last)s
), owners AS MATERIALIZED ( -- looked up in the order of their keys, which are many: neighbours lie on one page of the index
    SELECT id, authority_id FROM ({shown}) shown WHERE id = ANY (ARRAY(SELECT incident_id FROM lines))
), told AS (
    SELECT authority_id, count(*) FILTER (WHERE disputed) AS disputes, count(*) FILTER (WHERE upheld) AS upheld,
           count(*) FILTER (WHERE asked) AS asked, count(*) FILTER (WHERE granted) AS granted,
           count(*) FILTER (WHERE reminded) AS reminders
    FROM lines JOIN owners ON owners.id = incident_id
    GROUP BY authority_id
)
SELECT unit.id, coalesce(open, 0), coalesce(late, 0), coalesce(done, 0), coalesce(done - in_time, 0), coalesce(in_time, 0),
       coalesce(in_time_first, 0), coalesce(asked, 0), coalesce(granted, 0), coalesce(disputes, 0), coalesce(upheld, 0),
       (stars / nullif(ratings, 0)::float), coalesce(ratings, 0), coalesce(reminders, 0)
FROM incidents_authority unit
LEFT JOIN lived ON lived.authority_id = unit.id
LEFT JOIN worked ON worked.authority_id = unit.id
LEFT JOIN told ON told.authority_id = unit.id
WHERE (%(kind)s = '' OR unit.kind = %(kind)s) AND (%(unit)s::bigint IS NULL OR unit.id = %(unit)s)
