-- Streets cut at the borders of the areas of an edition: where each part lies, how long it is in metres, a point on it.
-- An area of `wanted` counts as touched within 15 m: many borders run along a street, on one side of its line.
WITH asked AS (
    SELECT number, street.line
    FROM unnest(%(numbers)s::int[], %(streets)s::bigint[]) AS named (number, id)
    JOIN gis_data_street street ON street.id = named.id
), cut AS (
    SELECT asked.number, piece.area_id,
           CASE WHEN ST_Intersects(piece.shape, asked.line) THEN ST_Intersection(asked.line, piece.shape)
                ELSE ST_ClosestPoint(asked.line, piece.shape) END AS line
    FROM asked
    JOIN gis_data_areapiece piece ON piece.shape && ST_Expand(asked.line, 0.00014)
    JOIN gis_data_area area ON area.id = piece.area_id AND area.edition_id = %(edition)s
    WHERE ST_Intersects(piece.shape, asked.line)
       OR area.id = ANY(%(wanted)s) AND ST_DWithin(piece.shape, asked.line, 0.00014)
), parts AS (
    SELECT number, area_id, ST_Collect(line) AS line FROM cut GROUP BY number, area_id
)
SELECT number, area_id, ST_Length(line::geography), ST_X(middle), ST_Y(middle),
       ARRAY[ST_XMin(line), ST_YMin(line), ST_XMax(line), ST_YMax(line)]
FROM parts CROSS JOIN LATERAL (SELECT ST_ClosestPoint(line, ST_Centroid(line)) AS middle) AS on_it
WHERE middle IS NOT NULL
ORDER BY number, 3 DESC, area_id
