-- The end of statistics_placed.sql for proven incidents: how many, by area or district and group of fields.
SELECT in_area, in_district, group_id, count(*)
FROM placed
GROUP BY in_area, in_district, group_id
