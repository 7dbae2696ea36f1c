-- How many of the gathered incidents would come from which area into which, and how many of their reporters can be told.
SELECT to_place.area_id, placed.area_id, count(*), coalesce(sum(report.hear), 0)
FROM to_place
LEFT JOIN placed USING (id)
LEFT JOIN (
    SELECT incident_id AS id, count(*) AS hear FROM incidents_report WHERE email <> '' OR phone <> '' GROUP BY incident_id
) report USING (id)
GROUP BY to_place.area_id, placed.area_id
