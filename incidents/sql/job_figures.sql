-- (queue, jobs that wait or run, jobs that should have begun a minute ago, seconds since the oldest should have begun,
-- jobs that were given up) of each queue that has any.
WITH jobs AS (
    SELECT queue_name, status,
        extract(epoch FROM now() - coalesce(scheduled_at, (
            SELECT max(event.at) FROM procrastinate_events event WHERE event.job_id = job.id
        )))::float AS overdue_s
    FROM procrastinate_jobs job
    WHERE status IN ('todo', 'doing', 'failed')
)
SELECT queue_name,
    count(*) FILTER (WHERE status IN ('todo', 'doing')),
    count(*) FILTER (WHERE status = 'todo' AND overdue_s > 60),
    coalesce(greatest(max(overdue_s) FILTER (WHERE status = 'todo'), 0), 0),
    count(*) FILTER (WHERE status = 'failed')
FROM jobs
GROUP BY queue_name
