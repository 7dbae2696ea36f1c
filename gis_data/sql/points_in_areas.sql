-- For points at the border of an area a point near by that lies in it, away from its border.
SELECT position, ST_X(point), ST_Y(point)
FROM (
    SELECT asked.position, ST_PointOnSurface(ST_Union(ST_Intersection(piece.shape, around.box))) AS point
    FROM unnest(%(positions)s::int[], %(areas)s::bigint[], %(lons)s::float8[], %(lats)s::float8[])
         AS asked (position, area, lon, lat)
    CROSS JOIN LATERAL (
        SELECT ST_Expand(ST_SetSRID(ST_MakePoint(asked.lon, asked.lat), 4326), 0.00022) AS box
    ) AS around
    JOIN gis_data_areapiece piece ON piece.area_id = asked.area AND piece.shape && around.box
    GROUP BY asked.position
) AS found
WHERE NOT ST_IsEmpty(point)
