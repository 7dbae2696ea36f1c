-- Of each area of an edition the area of each of other editions that has most of its land, and that share, 0 … 1.
-- Square degrees serve: what is compared lies at one latitude.
WITH whole AS (
    SELECT area.id, area.code, sum(ST_Area(piece.shape)) AS land
    FROM gis_data_area area JOIN gis_data_areapiece piece ON piece.area_id = area.id
    WHERE area.edition_id = %(edition)s
    GROUP BY area.id
), common AS (
    SELECT whole.id, above.id AS above_id, sum(ST_Area(ST_Intersection(piece.shape, other.shape))) AS land
    FROM whole
    JOIN gis_data_areapiece piece ON piece.area_id = whole.id
    JOIN gis_data_areapiece other ON ST_Intersects(piece.shape, other.shape)
    JOIN gis_data_area above ON above.id = other.area_id AND above.edition_id = ANY(%(above)s)
    GROUP BY whole.id, above.id
)
SELECT DISTINCT ON (whole.id, above.edition_id) whole.code, above.edition_id, above.code, common.land / whole.land
FROM common JOIN whole ON whole.id = common.id JOIN gis_data_area above ON above.id = common.above_id
WHERE common.land > 0
ORDER BY whole.id, above.edition_id, common.land DESC, above.code
