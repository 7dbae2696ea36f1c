-- What was done in each week, and how much of it in time. "starts": the Mondays, rising; of the weeks between "gap_first"
-- and "gap_last" nobody asks. "incidents" below stands for a query of those that count: state, due_at, closed_at.
SELECT width_bucket(closed_at, %(starts)s::timestamptz[]), count(*), count(*) FILTER (WHERE closed_at <= due_at)
FROM ({incidents}) shown
WHERE state = ANY(%(done)s) AND closed_at >= (%(starts)s::timestamptz[])[1]
      AND NOT (closed_at >= %(gap_first)s AND closed_at < %(gap_last)s)
GROUP BY 1
