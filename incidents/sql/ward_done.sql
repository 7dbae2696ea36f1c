-- What was done of a ward's public incidents, "done", by field: how many, how many in time, how many in the last week, how
-- many due today, and the microseconds from report to result, eight bytes each.
SELECT category_id, count(*), count(*) FILTER (WHERE closed_at <= due_at), count(*) FILTER (WHERE closed_at > %(week)s),
       count(*) FILTER (WHERE due_at >= %(today)s AND due_at < %(tomorrow)s),
       string_agg(int8send((1000000 * extract(epoch FROM closed_at - received_at))::bigint), '')
FROM ({done}) done
GROUP BY category_id
