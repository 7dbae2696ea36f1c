-- For points at the border of an area a point that lies in it, away from its border, at
-- most `reach` degrees to each side.
SELECT position, ST_X(point), ST_Y(point)
FROM (
    SELECT asked.position, ST_PointOnSurface(ST_Union(ST_Intersection(piece.shape, around.box))) AS point
    FROM unnest(%(positions)s::int[], %(areas)s::bigint[], %(lons)s::float8[], %(lats)s::float8[], %(reaches)s::float8[])
         AS asked (position, area, lon, lat, reach)
    CROSS JOIN LATERAL (
        SELECT ST_Expand(ST_SetSRID(ST_MakePoint(asked.lon, asked.lat), 4326), asked.reach) AS box
    ) AS around
    JOIN gis_data_areapiece piece ON piece.area_id = asked.area AND piece.shape && around.box
    GROUP BY asked.position
) AS found
WHERE NOT ST_IsEmpty(point)
