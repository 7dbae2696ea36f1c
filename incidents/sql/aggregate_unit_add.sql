-- These figures of units and fields are added to the sums that are kept. "spans": what aggregate_unit_spans.sql gives.
INSERT INTO incidents_unitsum AS kept (
    days, first_day, authority_id, category_id, received, done, in_time, in_time_first, ended_late, missed, stars, ratings
)
SELECT days, first_day, authority_id, category_id, received, done, in_time, in_time_first, ended_late, missed, stars, ratings
FROM ({spans}) spans
WHERE (received, done, in_time, in_time_first, ended_late, missed, stars, ratings) <> (0, 0, 0, 0, 0, 0, 0, 0)
ORDER BY days, first_day, authority_id, category_id -- what is read together lies together
ON CONFLICT (days, first_day, authority_id, category_id) DO UPDATE
SET received = kept.received + excluded.received, done = kept.done + excluded.done,
    in_time = kept.in_time + excluded.in_time, in_time_first = kept.in_time_first + excluded.in_time_first,
    ended_late = kept.ended_late + excluded.ended_late, missed = kept.missed + excluded.missed,
    stars = kept.stars + excluded.stars, ratings = kept.ratings + excluded.ratings
