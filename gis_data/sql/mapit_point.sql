-- The areas that cover a point on a day, with the shape left out, and the first day of the last edition that began before
-- theirs ended; drafts never. A border lies in both. Of a generation only if an edition began on the day; the first day
-- that there is stands for an edition without one.
-- Around them the city, as in mapit_areas.sql.
WITH whole AS (
    SELECT 1000000000 + city.id AS id, city.name, city.code, min(coalesce(lower(in_force), '-infinity')) AS first,
           max(coalesce(upper(in_force), 'infinity')) AS ended, max(lower(in_force)) AS last
    FROM gis_data_city city
    JOIN gis_data_edition edition ON edition.city_id = city.id AND in_force IS NOT NULL
    GROUP BY city.id
    HAVING bool_and(edition.level <> 1)
), found (id, name, parent, level, code, since, until, last) AS (
    SELECT area.id, area.full_name, coalesce(area.parent_id, whole.id), area.level, area.code, lower(edition.in_force),
           upper(edition.in_force),
           (SELECT max(lower(in_force)) FROM gis_data_edition later
            WHERE upper_inf(edition.in_force) OR lower(later.in_force) < upper(edition.in_force))
    FROM (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS point) here
    JOIN gis_data_areapiece piece ON ST_Intersects(piece.shape, here.point)
    JOIN gis_data_area area ON area.id = piece.area_id
    JOIN gis_data_edition edition ON edition.id = area.edition_id
    LEFT JOIN whole ON TRUE
    WHERE edition.in_force @> %(day)s::date
      AND (NOT %(generation)s::bool OR EXISTS (
          SELECT FROM gis_data_edition WHERE in_force IS NOT NULL AND coalesce(lower(in_force), '0001-01-01') = %(day)s::date
      ))
    GROUP BY area.id, edition.in_force, whole.id
)
SELECT * FROM found
UNION ALL
SELECT id, name, NULL, 1, code, nullif(first, '-infinity'), nullif(ended, 'infinity'), last
FROM whole WHERE EXISTS (SELECT FROM found)
ORDER BY level, code, id
