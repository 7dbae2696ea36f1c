-- The area of an edition for each gathered incident, by the rule of `geocode.locate`: of several areas that cover it (on
-- a common border) the one with the smallest official code; where none does, the nearest not further than the tolerance.
-- Piece by piece, and the incidents of each by their index: a shape that is asked again and again is prepared once,
-- which takes a quarter of the time of the join as it is written.
-- planner: each piece asks the index of incidents; flattened, each incident asks that of pieces.
DROP TABLE IF EXISTS placed;
CREATE TEMP TABLE placed ON COMMIT DROP AS
SELECT DISTINCT ON (here.id) here.id, area.id AS area_id
FROM gis_data_area area
JOIN gis_data_areapiece piece ON piece.area_id = area.id
CROSS JOIN LATERAL (
    SELECT to_place.id FROM to_place WHERE ST_Intersects(piece.shape, to_place.place) OFFSET 0
) here
WHERE area.edition_id = %(edition)s
ORDER BY here.id, area.code;
ANALYZE placed;
INSERT INTO placed (id, area_id)
SELECT DISTINCT ON (here.id) here.id, area.id
FROM (SELECT * FROM to_place WHERE NOT EXISTS (SELECT FROM placed WHERE placed.id = to_place.id) OFFSET 0) here
JOIN gis_data_areapiece piece
    ON piece.shape && ST_Expand(here.place, %(metres)s / 111000.0 / greatest(cos(radians(ST_Y(here.place))), 0.01) * 1.05)
JOIN gis_data_area area ON area.id = piece.area_id
WHERE area.edition_id = %(edition)s AND ST_Distance(piece.shape::geography, here.place::geography) <= %(metres)s
ORDER BY here.id, ST_Distance(piece.shape::geography, here.place::geography), area.code
