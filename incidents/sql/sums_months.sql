-- The packed incidents of these months, of which the "columns" are read. Of a month and area of which something is noted they are
-- packed now: so nobody reads what is not so any more.
SELECT {columns} FROM incidents_endedmonth kept
WHERE month >= date_trunc('month', %(first_day)s::date)::date AND month <= %(last_day)s::date AND NOT EXISTS (
    SELECT FROM incidents_sumchange note
    WHERE note.area_id = kept.area_id AND date_trunc('month', note.received_at AT TIME ZONE %(zone)s)::date = kept.month
) {there}
UNION ALL
SELECT {noted_columns} FROM ({noted}) noted WHERE true {there}
