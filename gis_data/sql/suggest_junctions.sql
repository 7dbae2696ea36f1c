-- The crossings between streets of these names (without diacritics).
SELECT one, other, search_one, search_other, ST_X(point), ST_Y(point)
FROM gis_data_junction
WHERE search_one = ANY(%(names)s) AND search_other = ANY(%(names)s)
ORDER BY id LIMIT 200
