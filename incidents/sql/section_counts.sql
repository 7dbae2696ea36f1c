-- How many incidents there are in a part of the map, by state and whether they are late. "shown" below stands for a query of
-- those that are counted one by one: state, late. Where those that have ended are counted already, "kept" brings them.
SELECT state, late, sum(n)::int FROM (
    SELECT state, late, count(*) AS n FROM ({shown}) shown GROUP BY 1, 2
    {kept}
) counted
GROUP BY 1, 2
