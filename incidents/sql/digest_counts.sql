-- What a week was like, by unit, area and field: (since, until] and the week before it; what stands open is as it is now.
SELECT authority_id, area_id, category_id,
    count(*) FILTER (WHERE received_at > %(since)s AND received_at <= %(until)s),
    count(*) FILTER (WHERE received_at > %(before)s AND received_at <= %(since)s),
    count(*) FILTER (WHERE done AND closed_at > %(since)s AND closed_at <= %(until)s),
    count(*) FILTER (WHERE done AND closed_at > %(before)s AND closed_at <= %(since)s),
    count(*) FILTER (WHERE done AND closed_at > %(since)s AND closed_at <= %(until)s AND closed_at <= due_at),
    count(*) FILTER (WHERE done AND closed_at > %(before)s AND closed_at <= %(since)s AND closed_at <= due_at),
    count(*) FILTER (WHERE state = ANY(%(running)s) AND due_at < %(at)s),
    count(*) FILTER (WHERE state = 'waiting'),
    count(*) FILTER (WHERE state = 'extension')
FROM incidents_incident CROSS JOIN LATERAL (SELECT state IN ('resolved', 'closed') AS done) result
WHERE (received_at > %(before)s OR closed_at > %(before)s OR state = ANY(%(running)s) OR state = 'waiting')
    AND state <> 'merged'
GROUP BY authority_id, area_id, category_id
