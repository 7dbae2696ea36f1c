-- Of each of these cameras with a street within 60 m: in which direction the street runs there, degrees from north.
SELECT camera.id, degrees(ST_Azimuth(near.first::geography, near.second::geography))
FROM cameras_camera AS camera
CROSS JOIN LATERAL (
    SELECT ST_LineInterpolatePoint(part.line, greatest(part.spot - 0.02, 0)) AS first,
        ST_LineInterpolatePoint(part.line, least(part.spot + 0.02, 1)) AS second
    FROM (
        SELECT street.line, ST_LineLocatePoint(street.line, camera.place) AS spot
        FROM gis_data_street AS street
        WHERE ST_DWithin(street.line, camera.place, 0.001)
            AND ST_DWithin(street.line::geography, camera.place::geography, 60)
        ORDER BY street.line <-> camera.place, street.id
        LIMIT 1
    ) AS part
) AS near
WHERE camera.id = ANY(%(cameras)s) AND NOT ST_Equals(near.first, near.second)
