-- What of the names of places is known to the database, as a few numbers that change whenever a load changes it.
SELECT city.id, city.pack_digest, md5(city.abbreviations::text || city.elsewhere::text || city.renamed_streets::text),
       (SELECT string_agg(edition.id || ':' || edition.level, ',' ORDER BY edition.level, edition.id)
        FROM gis_data_edition edition WHERE edition.in_force @> %(day)s::date),
       (SELECT max(id) FROM gis_data_area), (SELECT max(id) FROM gis_data_street), (SELECT max(id) FROM gis_data_landmark),
       (SELECT max(id) FROM gis_data_streetname), (SELECT max(id) FROM gis_data_formerpart), (SELECT max(id) FROM gis_data_succession)
FROM gis_data_city city
ORDER BY city.id LIMIT 1
