-- What a ward's public incidents without an end, "open", come to: how many, how many late, how many due today; the crews of
-- those worked on; and the keys of the late ones, of those due later today, and of all, the nearest deadline first.
WITH open AS ({open}), running AS (SELECT id, due_at FROM open WHERE state = ANY(%(running)s))
SELECT (SELECT count(*) FROM open),
       (SELECT count(*) FROM running WHERE due_at < %(at)s),
       (SELECT count(*) FROM running WHERE due_at >= %(today)s AND due_at < %(tomorrow)s),
       ARRAY(SELECT DISTINCT crew_id FROM open WHERE state = 'working' AND crew_id IS NOT NULL),
       ARRAY(SELECT id FROM running WHERE due_at < %(at)s ORDER BY due_at, id LIMIT %(late_rows)s),
       ARRAY(SELECT id FROM running WHERE due_at >= %(at)s AND due_at < %(tomorrow)s ORDER BY due_at, id LIMIT %(rows)s),
       ARRAY(SELECT id FROM open ORDER BY due_at, id LIMIT %(pins)s)
