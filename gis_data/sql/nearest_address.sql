-- The nearest house, junction, street and landmark of a point (lon, lat in EPSG:4326), each within its own number of metres:
-- rows of (kind, name, metres).
-- planner: the boxes are computed once, and are constants for the indexes.
WITH here AS MATERIALIZED (
    SELECT point, point::geography AS earth, ST_Expand(point, %(house)s * %(degrees)s) AS doors,
           ST_Expand(point, %(junction)s * %(degrees)s) AS corners, ST_Expand(point, %(street)s * %(degrees)s) AS streets,
           ST_Expand(point, %(landmark)s * %(degrees)s) AS sights
    FROM ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) point
)
(SELECT 'house', house.number || ' ' || house.street, ST_Distance(house.point::geography, earth) AS metres
 FROM here JOIN gis_data_house house ON house.point && doors ORDER BY metres LIMIT 1)
UNION ALL
(SELECT 'junction', one || ' × ' || other, ST_Distance(junction.point::geography, earth) AS metres
 FROM here JOIN gis_data_junction junction ON junction.point && corners ORDER BY metres LIMIT 1)
UNION ALL
(SELECT 'street', name, ST_Distance(street.line::geography, earth) AS metres
 FROM here JOIN gis_data_street street ON street.line && streets ORDER BY metres LIMIT 1)
UNION ALL
(SELECT 'landmark', name, ST_Distance(landmark.point::geography, earth) AS metres
 FROM here JOIN gis_data_landmark landmark ON landmark.point && sights ORDER BY metres LIMIT 1)
