-- The packed incidents of the months from first_day to last_day. Of a month and area of which something is noted they are
-- packed now, so nobody reads what is not so any more; their version is a hash of what was packed.
SELECT month, area_id, version, packed FROM incidents_endedmonth kept
WHERE month >= date_trunc('month', %(first_day)s::date)::date AND month <= %(last_day)s::date AND NOT EXISTS (
    SELECT FROM incidents_sumchange note
    WHERE note.area_id = kept.area_id AND date_trunc('month', note.received_at AT TIME ZONE %(zone)s)::date = kept.month
)
UNION ALL
SELECT month, area_id, ('x' || left(md5(packed), 16))::bit(64)::bigint, packed FROM ({noted}) noted
