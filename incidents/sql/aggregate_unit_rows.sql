-- What incidents that have ended, and ratings, add to the figures of their units, each at its moment. "rows": n (1 or
-- -1), authority_id, category_id, state, received_at, due_at, first_due_at, closed_at; "ratings": n, at, stars,
-- authority_id, category_id.
SELECT received_at AS at, authority_id, category_id, n AS received, 0 AS done, 0 AS in_time, 0 AS in_time_first,
       0 AS ended_late, 0 AS missed, 0 AS stars, 0 AS ratings
FROM ({rows}) came
UNION ALL
SELECT closed_at, authority_id, category_id, 0, CASE WHEN state <> 'rejected' THEN n ELSE 0 END,
       CASE WHEN state <> 'rejected' AND closed_at <= due_at THEN n ELSE 0 END,
       CASE WHEN state <> 'rejected' AND closed_at <= coalesce(first_due_at, due_at) THEN n ELSE 0 END,
       CASE WHEN closed_at > due_at THEN n ELSE 0 END, 0, 0, 0
FROM ({rows}) ended
UNION ALL
SELECT due_at, authority_id, category_id, 0, 0, 0, 0, 0, n, 0, 0
FROM ({rows}) ended
WHERE closed_at > due_at
UNION ALL
SELECT at, authority_id, category_id, 0, 0, 0, 0, 0, 0, n * stars, n
FROM ({ratings}) rated
