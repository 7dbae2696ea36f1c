-- The areas that cover a point, with the shape left out: of one edition, or in force on a day. A border lies in both.
SELECT area.id, area.full_name, area.parent_id, area.level, area.code, area.edition_id
FROM (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS point) here
JOIN gis_data_areapiece piece ON ST_Intersects(piece.shape, here.point)
JOIN gis_data_area area ON area.id = piece.area_id
JOIN gis_data_edition edition ON edition.id = area.edition_id
WHERE CASE WHEN %(generation)s::bigint IS NULL THEN edition.in_force @> %(day)s::date
           ELSE edition.id = %(generation)s::bigint END
GROUP BY area.id
ORDER BY area.level, area.code
