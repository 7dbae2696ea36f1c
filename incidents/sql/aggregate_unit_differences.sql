-- How many sums of units, with what is noted, are not what the incidents say. "spans": what aggregate_unit_spans.sql gives of
-- the incidents, less what is noted.
SELECT count(*)
FROM incidents_unitsum kept
FULL JOIN (
    SELECT * FROM ({spans}) spans
    WHERE (received, done, in_time, in_time_first, ended_late, missed, stars, ratings) <> (0, 0, 0, 0, 0, 0, 0, 0)
) counted USING (days, first_day, authority_id, category_id)
WHERE (coalesce(kept.received, 0), coalesce(kept.done, 0), coalesce(kept.in_time, 0), coalesce(kept.in_time_first, 0),
       coalesce(kept.ended_late, 0), coalesce(kept.missed, 0), coalesce(kept.stars, 0), coalesce(kept.ratings, 0))
    <> (coalesce(counted.received, 0), coalesce(counted.done, 0), coalesce(counted.in_time, 0),
        coalesce(counted.in_time_first, 0), coalesce(counted.ended_late, 0), coalesce(counted.missed, 0),
        coalesce(counted.stars, 0), coalesce(counted.ratings, 0))
