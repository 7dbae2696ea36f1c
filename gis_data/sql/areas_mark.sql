-- A mark of the rows of all areas that are the law on a day: another once one of them is written anew, comes or goes, whoever does it.
-- It reads no shapes.
SELECT md5(string_agg(concat_ws(':', area.id, area.xmin, area.ctid), ',' ORDER BY area.id))
FROM gis_data_area area JOIN gis_data_edition edition ON edition.id = area.edition_id
WHERE edition.in_force @> %(day)s::date
