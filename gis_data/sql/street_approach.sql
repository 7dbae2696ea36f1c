-- Where two streets that have no common junction come nearest to each other, if within 200 m.
SELECT ST_X(point), ST_Y(point)
FROM (
    SELECT one.line AS one, other.line AS other
    FROM gis_data_street one JOIN gis_data_street other ON ST_DWithin(one.line, other.line, 0.0018)
    WHERE one.id = ANY(%(ones)s) AND other.id = ANY(%(others)s)
    ORDER BY ST_Distance(one.line, other.line), one.id, other.id LIMIT 1
) AS nearest
CROSS JOIN LATERAL (SELECT ST_LineInterpolatePoint(ST_ShortestLine(one, other), 0.5) AS point) AS between
