-- Where streets of different names meet, as points of EPSG:4326. In metres (srid of the city) a pair counts whose lines
-- cross or come within `touch` metres (`degrees` are at least as much), for drawn ends seldom meet exactly. Meetings of the
-- same two streets within `apart` metres of one another are one place: two dual carriageways make one junction, not four.
-- planner: each line is transformed once, not for each pair.
WITH drawn AS MATERIALIZED (
    SELECT id, ST_Transform(line, %(srid)s) AS line FROM gis_data_street WHERE city_id = %(city)s
), near AS (
    SELECT one.name AS one, other.name AS other, one.search AS search_one, other.search AS search_other,
           one.id AS one_id, other.id AS other_id
    FROM gis_data_street one
    JOIN gis_data_street other ON other.line && ST_Expand(one.line, %(degrees)s)
                              AND one.search COLLATE "C" < other.search COLLATE "C"
    WHERE one.city_id = %(city)s AND other.city_id = %(city)s
), meeting AS (
    SELECT near.*,
           ST_Centroid((ST_Dump(
               CASE WHEN ST_Intersects(line_one.line, line_other.line) THEN ST_Intersection(line_one.line, line_other.line)
                    ELSE ST_ShortestLine(line_one.line, line_other.line) END
           )).geom) AS at
    FROM near
    JOIN drawn line_one ON line_one.id = one_id
    JOIN drawn line_other ON line_other.id = other_id AND ST_DWithin(line_one.line, line_other.line, %(touch)s)
), placed AS (
    SELECT meeting.*, ST_ClusterDBSCAN(at, %(apart)s, 1) OVER (PARTITION BY search_one, search_other) AS place FROM meeting
)
INSERT INTO gis_data_junction (city_id, one, other, search_one, search_other, point)
SELECT %(city)s, min(one), min(other), search_one, search_other, ST_Transform(ST_Centroid(ST_Collect(at)), 4326)
FROM placed GROUP BY search_one, search_other, place
