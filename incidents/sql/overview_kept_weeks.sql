-- What was done in each week and how much of it in time; and of the weeks from "units_from" on by unit the deadlines missed
-- by what has ended. "weeks" below stands for what sums/units.py gives of the weeks.
SELECT first_day, authority_id, sum(done)::int, sum(in_time)::int, sum(missed)::int
FROM ({weeks}) summed
GROUP BY GROUPING SETS ((first_day), (first_day, authority_id))
HAVING GROUPING(authority_id) = 1 OR first_day >= %(units_from)s AND sum(missed) <> 0
