-- How much of a circle (metres on the ellipsoid) lies in each area of the deepest level in force on a day, most first.
-- planner: the circle is drawn and measured once.
WITH circle AS MATERIALIZED (
    SELECT shape, ST_Area(shape::geography) AS whole
    FROM (SELECT ST_Buffer(ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)::geography, %(metres)s, 16)::geometry AS shape) drawn
), law AS (
    SELECT id FROM gis_data_edition WHERE in_force @> %(day)s::date ORDER BY level DESC LIMIT 1
), part AS (
    SELECT piece.area_id, sum(ST_Area(ST_Intersection(piece.shape, circle.shape)::geography)) / circle.whole AS share
    FROM circle JOIN gis_data_areapiece piece ON ST_Intersects(piece.shape, circle.shape)
    JOIN gis_data_area area ON area.id = piece.area_id AND area.edition_id = (SELECT id FROM law)
    GROUP BY piece.area_id, circle.whole
)
SELECT area.id, area.edition_id, area.parent_id, area.level, area.code, area.name, area.full_name, area.full_name_en, area.kind,
       least(part.share, 1) AS share
FROM part JOIN gis_data_area area ON area.id = part.area_id
WHERE part.share > 0
ORDER BY part.share DESC, area.code
