-- The ground of a city of which nothing else is known: its named streets, generalised for each band of zooms as
-- ground/drawing.py does it. Main roads are drawn as primary ones, lanes as what leads to houses.
INSERT INTO gis_data_groundshape (city_id, band, layer, rank, first_zoom, name, shape)
SELECT street.city_id, band.band, 5, class.rank, class.first_zoom,
       CASE WHEN band.last_zoom >= class.named_from THEN street.name ELSE '' END, drawn.line
FROM (
    SELECT city_id, name, rank, ST_LineMerge(ST_Collect(ST_Transform(line, 3857))) AS line
    FROM gis_data_street GROUP BY city_id, name, rank
) AS street
JOIN (VALUES (1, 2, 10, 12), (2, 5, 13, 14), (3, 6, 14, 15)) AS class (street_rank, rank, first_zoom, named_from)
  ON class.street_rank = street.rank
JOIN (VALUES (1, 10, 35), (2, 11, 18), (3, 12, 9), (4, 13, 9), (5, 14, 2.2), (6, 22, 0.5)) AS band (band, last_zoom, grain)
  ON band.last_zoom >= class.first_zoom
-- Nothing is left of a ring that is smaller than the grain.
CROSS JOIN LATERAL (SELECT ST_Simplify(street.line, band.grain) AS line) AS drawn
WHERE ST_Length(street.line) >= 2 * band.grain AND drawn.line IS NOT NULL AND NOT ST_IsEmpty(drawn.line)
