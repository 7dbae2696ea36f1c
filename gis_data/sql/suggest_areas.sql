-- The areas of an edition that cover points or come within 20 m of them, the covering ones first. `touched` is also
-- what lies so near that a point with rounded coordinates may lie there.
SELECT here.position, piece.area_id, bool_or(ST_Intersects(piece.shape, here.point)) AS inside,
       bool_or(ST_DWithin(piece.shape, here.point, 0.000003)) AS touched
FROM (
    SELECT position, ST_SetSRID(ST_MakePoint(lon, lat), 4326) AS point
    FROM unnest(%(positions)s::int[], %(lons)s::float8[], %(lats)s::float8[]) AS asked (position, lon, lat)
) AS here
JOIN gis_data_areapiece piece ON piece.shape && ST_Expand(here.point, 0.00018)
    AND ST_DWithin(piece.shape, here.point, 0.00018)
JOIN gis_data_area area ON area.id = piece.area_id AND area.edition_id = %(edition)s
GROUP BY here.position, piece.area_id, area.code
ORDER BY here.position, inside DESC, area.code
