-- What was noted goes into the sums of units. Gives the days of which what was done, and of which what was accepted, is to
-- be packed anew.
WITH gone AS (
    DELETE FROM incidents_unitchange RETURNING *
), gone_ratings AS (
    DELETE FROM incidents_ratingchange RETURNING *
), gone_accepted AS (
    DELETE FROM incidents_acceptedchange RETURNING *
), added AS ({add}
)
SELECT (SELECT array_agg(DISTINCT (closed_at AT TIME ZONE %(zone)s)::date) FROM gone),
       (SELECT array_agg(DISTINCT (at AT TIME ZONE %(zone)s)::date) FROM gone_accepted)
