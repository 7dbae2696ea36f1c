-- Lines of new incidents as events, in the order in which they are given; with them the job that announces each, the other jobs
-- of an incident before those of its first line, and the news that the live streams pass on.
-- planner: the lines are numbered once; jobs are deferred once, after all events are written.
WITH line AS MATERIALIZED (
    SELECT * FROM ROWS FROM (
        jsonb_to_recordset(%(lines)s::jsonb) AS (
            incident bigint, kind text, state text, at timestamptz, "by" bigint, authority bigint, note text, public boolean,
            reasons jsonb, receipt jsonb, news jsonb
        )
    ) WITH ORDINALITY AS line (
        incident, kind, state, at, person, authority, note, public, reasons, receipt, news, number
    )
), event AS (
    INSERT INTO incidents_event (incident_id, kind, state, at, by_id, authority_id, note, public, reasons, receipt)
    SELECT incident, kind, state, at, person, authority, note, public, reasons, receipt FROM line ORDER BY number
    RETURNING id
), written AS MATERIALIZED (
    SELECT event.id, news, number
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS number FROM event) event JOIN line USING (number)
), job AS (
    SELECT queue, task, priority, lock, queueing_lock, args, line AS number, false AS announces
    FROM jsonb_to_recordset(%(jobs)s::jsonb) AS job (
        line bigint, queue text, task text, priority integer, lock text, queueing_lock text, args jsonb
    )
    UNION ALL
    SELECT queue, task, priority, lock, queueing_lock, jsonb_build_object('event_id', id), number, true
    FROM written CROSS JOIN jsonb_to_record(%(announce)s::jsonb) AS job (
        queue text, task text, priority integer, lock text, queueing_lock text
    )
), deferred AS MATERIALIZED (
    SELECT procrastinate_defer_jobs_v1(array_agg(
        (queue, task, priority, lock, queueing_lock, args, NULL)::procrastinate_job_to_defer_v1 ORDER BY number, announces
    )) AS ids
    FROM job
)
SELECT pg_notify(%(channel)s, (news || jsonb_build_object('id', id))::text)
FROM (SELECT id, news FROM written CROSS JOIN deferred ORDER BY id) said
