-- What was noted goes into the sums of units. Gives the days that are to be packed anew.
WITH gone AS (
    DELETE FROM incidents_unitchange RETURNING *
), gone_ratings AS (
    DELETE FROM incidents_ratingchange RETURNING *
), added AS ({add}
)
SELECT array_agg(DISTINCT (closed_at AT TIME ZONE %(zone)s)::date) FROM gone
