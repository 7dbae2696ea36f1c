-- The areas that cover a point, with the shape left out, on a day or in a generation; drafts never. A border lies in both.
-- A generation is named by its first day, on which an edition became the law, as a number: 20250701; 0 is without one.
WITH law AS (
    SELECT id, in_force, coalesce(lower(in_force), '-infinity') AS first, coalesce(upper(in_force), 'infinity') AS ended,
           coalesce(to_char(lower(in_force), 'YYYYMMDD')::bigint, 0) AS number
    FROM gis_data_edition WHERE in_force IS NOT NULL
)
SELECT area.id, area.full_name, area.parent_id, area.level, area.code, lower(law.in_force), upper(law.in_force),
       law.number, (SELECT max(number) FROM law later WHERE later.first < law.ended)
FROM (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS point) here
JOIN gis_data_areapiece piece ON ST_Intersects(piece.shape, here.point)
JOIN gis_data_area area ON area.id = piece.area_id
JOIN law ON law.id = area.edition_id
WHERE law.in_force @> CASE WHEN %(generation)s::bigint IS NULL THEN %(day)s::date
                           ELSE (SELECT min(first) FROM law WHERE number = %(generation)s::bigint) END
GROUP BY area.id, law.in_force, law.number, law.ended
ORDER BY area.level, area.code, area.id
