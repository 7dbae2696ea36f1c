-- How many deadlines were missed in each of the last weeks by incidents that have ended, by unit. "starts": the Mondays,
-- rising. "incidents" below stands for a query of those that count: authority_id, due_at, closed_at.
SELECT authority_id, width_bucket(due_at, %(starts)s::timestamptz[]), count(*)
FROM ({incidents}) shown
WHERE due_at >= (%(starts)s::timestamptz[])[1] AND due_at < %(now)s AND closed_at > due_at
      AND closed_at >= (%(starts)s::timestamptz[])[1]
GROUP BY 1, 2
