-- The areas in force on a day that cover a point or come near it, deepest level first, the covering ones first.
-- The degrees only let the index find candidates; the distance that counts is in metres on the ellipsoid.
SELECT area.id, area.edition_id, area.parent_id, area.level, area.code, area.name, area.full_name, area.full_name_en, area.kind,
       near.inside, near.metres
FROM (
    SELECT piece.area_id, bool_or(ST_Intersects(piece.shape, here.point)) AS inside,
           min(ST_Distance(piece.shape::geography, here.point::geography)) AS metres
    FROM (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS point) here
    JOIN gis_data_areapiece piece ON piece.shape && ST_Expand(here.point, %(degrees)s, %(degrees)s)
    GROUP BY piece.area_id
) near
JOIN gis_data_area area ON area.id = near.area_id
JOIN gis_data_edition edition ON edition.id = area.edition_id
WHERE edition.in_force @> %(day)s::date AND near.metres <= %(metres)s
ORDER BY area.level DESC, near.inside DESC, near.metres, area.code
