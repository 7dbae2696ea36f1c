-- How many deadlines each unit missed in each of the last weeks. "starts": the Mondays, rising. "incidents" below stands
-- for a query of those that count: state, authority_id, received_at, due_at, closed_at.
SELECT authority_id, width_bucket(due_at, %(starts)s::timestamptz[]), count(*)
FROM ({incidents}) shown
WHERE due_at >= (%(starts)s::timestamptz[])[1] AND due_at < %(now)s
      AND (state = ANY(%(running)s) OR closed_at >= (%(starts)s::timestamptz[])[1] AND closed_at > due_at)
GROUP BY 1, 2
