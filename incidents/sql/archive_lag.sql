-- Seconds since the archive last took what the database wrote; 0 where nothing is archived. Workers write every ten
-- seconds, so that each minute (archive_timeout) has something to take.
SELECT CASE
    WHEN current_setting('archive_mode') = 'off' THEN 0
    ELSE greatest(0, extract(epoch FROM now() - coalesce(last_archived_time, stats_reset)))::float
END
FROM pg_stat_archiver
