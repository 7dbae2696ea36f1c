-- Notices whose time has come and for which no job waits or runs: a thousand at a time, the oldest first.
SELECT notice.id
FROM incidents_notice notice
WHERE notice.state IN ('waiting', 'unsure')
  AND notice.send_after < %(before)s
  AND notice.id NOT IN (
      SELECT (job.args ->> 'notice_id')::bigint
      FROM procrastinate_jobs job
      WHERE job.task_name = 'incidents.deliver' AND job.status IN ('todo', 'doing')
      UNION ALL
      SELECT jsonb_array_elements_text(job.args -> 'notice_ids')::bigint
      FROM procrastinate_jobs job
      WHERE job.task_name = 'incidents.deliver_many' AND job.status IN ('todo', 'doing')
  )
ORDER BY notice.send_after
LIMIT 1000
