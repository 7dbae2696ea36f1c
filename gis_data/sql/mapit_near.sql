-- The areas that cover a point or come near to it, in metres on the ellipsoid; the degrees let the index find candidates.
SELECT DISTINCT piece.area_id
FROM (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS point) here
JOIN gis_data_areapiece piece ON piece.shape && ST_Expand(here.point, %(degrees)s, %(degrees)s)
WHERE ST_DWithin(piece.shape::geography, here.point::geography, %(metres)s)
