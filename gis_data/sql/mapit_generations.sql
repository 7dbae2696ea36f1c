-- The generations: each begins on a day on which an edition became the law, and holds all that are the law on that day.
WITH law AS (
    SELECT level, name, in_force, lower(in_force) AS day, coalesce(lower(in_force), '-infinity') AS first,
           coalesce(to_char(lower(in_force), 'YYYYMMDD')::bigint, 0) AS number
    FROM gis_data_edition WHERE in_force IS NOT NULL
)
SELECT DISTINCT number, first <= %(today)s::date, day,
       (SELECT string_agg(name, ', ' ORDER BY level) FROM law there WHERE there.in_force @> law.first)
FROM law
ORDER BY number
