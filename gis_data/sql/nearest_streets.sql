-- The two nearest streets of different names within a distance, nearest first: an address for people's eyes.
SELECT name, metres FROM (
    SELECT DISTINCT ON (street.name) street.name, ST_Distance(street.line::geography, here.point::geography) AS metres
    FROM (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS point) here
    JOIN gis_data_street street ON street.line && ST_Expand(here.point, %(degrees)s, %(degrees)s)
    ORDER BY street.name, metres
) nearest
WHERE metres <= %(metres)s ORDER BY metres LIMIT 2
