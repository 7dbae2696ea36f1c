-- The areas in force on a day that cover a point or come near it, deepest level first, the covering ones first.
-- The degrees only let the index find candidates; the distance that counts is in metres on the ellipsoid.
SELECT area.id, area.level, bool_or(ST_Intersects(piece.shape, here.point)) AS inside,
       min(ST_Distance(piece.shape::geography, here.point::geography)) AS metres
FROM (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS point) here
JOIN gis_data_areapiece piece ON piece.shape && ST_Expand(here.point, %(degrees)s, %(degrees)s)
JOIN gis_data_area area ON area.id = piece.area_id
JOIN gis_data_edition edition ON edition.id = area.edition_id
WHERE edition.in_force @> %(day)s::date AND ST_DWithin(piece.shape::geography, here.point::geography, %(metres)s)
GROUP BY area.id, area.level, area.code
ORDER BY area.level DESC, inside DESC, metres, area.code
