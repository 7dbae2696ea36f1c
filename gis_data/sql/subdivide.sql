-- Cut the areas of one edition into pieces of at most 64 corners, so that a look-up reads a few small boxes.
INSERT INTO gis_data_areapiece (area_id, shape)
SELECT area.id, (ST_Dump(ST_CollectionExtract(ST_Subdivide(area.shape, 64), 3))).geom
FROM gis_data_area area
WHERE area.edition_id = %(edition)s
