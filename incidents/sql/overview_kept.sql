-- What became of incidents in a period (part 3 of the sums), and in the one before (part 1), by unit, field, and
-- altogether, and what citizens gave for it. Late at the end of part 1 was what ended late later, and had not missed its
-- deadline later. "parts" below stands for what sums/units.py gives of the three parts.
WITH counted AS (
    SELECT authority_id, category_id, part, sum(received)::int AS received, sum(done)::int AS done,
           sum(in_time)::int AS in_time, sum(in_time_first)::int AS in_time_first,
           (sum(ended_late) - sum(missed))::int AS late_before, sum(stars)::int AS stars, sum(ratings)::int AS ratings
    FROM ({parts}) summed
    WHERE authority_id = ANY(%(units)s) AND (%(fields)s::bigint[] IS NULL OR category_id = ANY(%(fields)s))
    GROUP BY authority_id, category_id, part
), placed AS (
    SELECT counted.*, coalesce(category.parent_id, category.id) AS group_id
    FROM counted JOIN incidents_category category ON category.id = category_id
)
SELECT GROUPING(authority_id, group_id), authority_id, group_id,
       coalesce(sum(received) FILTER (WHERE part = 3), 0)::int, coalesce(sum(received) FILTER (WHERE part = 1), 0)::int,
       coalesce(sum(done) FILTER (WHERE part = 3), 0)::int, coalesce(sum(done) FILTER (WHERE part = 1), 0)::int,
       coalesce(sum(in_time) FILTER (WHERE part = 3), 0)::int, coalesce(sum(in_time) FILTER (WHERE part = 1), 0)::int,
       coalesce(sum(in_time_first) FILTER (WHERE part = 3), 0)::int,
       coalesce(sum(late_before) FILTER (WHERE part > 1), 0)::int,
       coalesce(sum(stars) FILTER (WHERE part = 3), 0)::int, coalesce(sum(ratings) FILTER (WHERE part = 3), 0)::int,
       coalesce(sum(stars) FILTER (WHERE part = 1), 0)::int, coalesce(sum(ratings) FILTER (WHERE part = 1), 0)::int
FROM placed
GROUP BY GROUPING SETS ((authority_id), (group_id), ())
