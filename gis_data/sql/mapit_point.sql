-- The areas that cover a point on a day, with the shape left out, and the first day of the last edition that began before
-- theirs ended; drafts never. A border lies in both. Of a generation only if an edition began on the day; the first day
-- that there is stands for an edition without one.
SELECT area.id, area.full_name, area.parent_id, area.level, area.code, lower(edition.in_force), upper(edition.in_force),
       (SELECT max(lower(in_force)) FROM gis_data_edition later
        WHERE upper_inf(edition.in_force) OR lower(later.in_force) < upper(edition.in_force))
FROM (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS point) here
JOIN gis_data_areapiece piece ON ST_Intersects(piece.shape, here.point)
JOIN gis_data_area area ON area.id = piece.area_id
JOIN gis_data_edition edition ON edition.id = area.edition_id
WHERE edition.in_force @> %(day)s::date
  AND (NOT %(generation)s::bool OR EXISTS (
      SELECT FROM gis_data_edition WHERE in_force IS NOT NULL AND coalesce(lower(in_force), '0001-01-01') = %(day)s::date
  ))
GROUP BY area.id, edition.in_force
ORDER BY area.level, area.code, area.id
