-- The areas of an edition with the district in which most of the former units lay that make them up.
SELECT DISTINCT ON (part.area_id) part.area_id, unit.district
FROM gis_data_formerpart part
JOIN gis_data_formerunit unit ON unit.id = part.former_id
JOIN gis_data_area area ON area.id = part.area_id
WHERE unit.district <> '' AND area.edition_id = %s
GROUP BY part.area_id, unit.district
ORDER BY part.area_id, count(*) FILTER (WHERE part.how <> 'part') DESC, count(*) DESC, unit.district
