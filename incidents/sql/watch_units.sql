-- How each unit works in a period: what is open, what was done and when, how soon it accepts, what it was granted, what
-- citizens dispute and how they rate it, how often it was reminded. "incidents" below stands for a query of those that
-- count: id, authority_id, state, received_at, due_at, first_due_at, closed_at. It is not made as a whole, for most of a
-- city's history is neither open nor of the period: each part below reads by an index what it counts.
WITH shown AS NOT MATERIALIZED (
    {incidents}
), lived AS MATERIALIZED (
    SELECT *, false AS ended FROM shown WHERE closed_at IS NULL
    UNION ALL
    SELECT *, state = ANY(%(done)s) FROM shown WHERE closed_at >= %(first)s AND closed_at < %(last)s
), worked AS (
    SELECT authority_id,
           count(*) FILTER (WHERE closed_at IS NULL) AS open,
           count(*) FILTER (WHERE state = ANY(%(running)s) AND due_at < %(now)s) AS late,
           count(*) FILTER (WHERE ended) AS done,
           count(*) FILTER (WHERE ended AND closed_at > due_at) AS done_late,
           count(*) FILTER (WHERE ended AND closed_at <= due_at) AS in_time,
           count(*) FILTER (WHERE ended AND closed_at <= coalesce(first_due_at, due_at)) AS in_time_first,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM closed_at - received_at)::float)
               FILTER (WHERE ended) AS to_resolve
    FROM lived
    GROUP BY authority_id
), accepted AS (
    -- What was accepted in a period was open then; most of it is open still or was closed in the period.
    SELECT coalesce(lived.authority_id, other.authority_id) AS authority_id,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(
               epoch FROM line.at - coalesce(given.at, lived.received_at, other.received_at))::float) AS to_accept
    FROM incidents_event line
    LEFT JOIN lived ON lived.id = line.incident_id
    LEFT JOIN LATERAL (
        SELECT id, authority_id, received_at FROM shown WHERE shown.id = line.incident_id AND lived.id IS NULL
    ) other ON true
    CROSS JOIN LATERAL (
        SELECT max(before.at) AS at FROM incidents_event before
        WHERE before.incident_id = line.incident_id AND before.id < line.id AND before.at <= line.at
              AND before.kind IN ('assigned', 'handed_over', 'handed_back', 'claimed')
    ) given
    WHERE line.kind = 'accepted' AND line.at >= %(first)s AND line.at < %(last)s
          AND (lived.id IS NOT NULL OR other.id IS NOT NULL)
    GROUP BY 1
), disputed AS (
    SELECT shown.authority_id, count(*) FILTER (WHERE kind = 'disputed') AS disputes,
           count(*) FILTER (WHERE kind = 'upheld') AS upheld
    FROM incidents_event line JOIN shown ON shown.id = line.incident_id
    WHERE line.kind IN ('disputed', 'upheld') AND line.at >= %(first)s AND line.at < %(last)s
    GROUP BY shown.authority_id
), extended AS (
    SELECT shown.authority_id, count(*) AS asked, count(*) FILTER (WHERE granted) AS granted
    FROM incidents_extension one JOIN shown ON shown.id = one.incident_id
    WHERE one.asked_at >= %(first)s AND one.asked_at < %(last)s
    GROUP BY shown.authority_id
), rated AS (
    SELECT shown.authority_id, avg(stars)::float AS stars, count(*) AS ratings
    FROM incidents_rating rating
    JOIN incidents_report report ON report.id = rating.report_id
    JOIN shown ON shown.id = report.incident_id
    WHERE rating.at >= %(first)s AND rating.at < %(last)s
    GROUP BY shown.authority_id
), reminded AS (
    SELECT shown.authority_id, count(*) AS reminders
    FROM incidents_reminder one JOIN shown ON shown.id = one.incident_id
    WHERE one.told AND one.at >= %(first)s AND one.at < %(last)s
    GROUP BY shown.authority_id
)
SELECT unit.id, coalesce(open, 0), coalesce(late, 0), coalesce(done, 0), coalesce(done_late, 0), coalesce(in_time, 0),
       coalesce(in_time_first, 0), to_accept, to_resolve, coalesce(asked, 0), coalesce(granted, 0),
       coalesce(disputes, 0), coalesce(upheld, 0), stars, coalesce(ratings, 0), coalesce(reminders, 0)
FROM incidents_authority unit
LEFT JOIN worked ON worked.authority_id = unit.id
LEFT JOIN accepted ON accepted.authority_id = unit.id
LEFT JOIN disputed ON disputed.authority_id = unit.id
LEFT JOIN extended ON extended.authority_id = unit.id
LEFT JOIN rated ON rated.authority_id = unit.id
LEFT JOIN reminded ON reminded.authority_id = unit.id
WHERE (%(kind)s = '' OR unit.kind = %(kind)s) AND (%(unit)s::bigint IS NULL OR unit.id = %(unit)s)
