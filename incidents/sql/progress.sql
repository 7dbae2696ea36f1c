-- How far work on a reform is; nothing where the reform itself is not to be seen yet.
INSERT INTO incidents_progress (reform_id, step, done, "of", at, fault)
SELECT id, %(step)s, %(done)s, %(of)s, clock_timestamp(), %(fault)s FROM incidents_reform WHERE id = %(reform)s
ON CONFLICT (reform_id) DO UPDATE
SET step = excluded.step, done = excluded.done, "of" = excluded.of, at = excluded.at, fault = excluded.fault
