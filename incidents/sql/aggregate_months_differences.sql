-- How many months of areas are not packed as the incidents are, without those of which something is noted.
SELECT count(*)
FROM incidents_endedmonth kept
FULL JOIN ({packed}) counted USING (month, area_id)
WHERE (kept.packed, kept.places, kept.units, kept.keys) IS DISTINCT FROM
          (counted.packed, counted.places, counted.units, counted.keys) AND NOT EXISTS (
    SELECT FROM incidents_sumchange note
    WHERE note.area_id = area_id AND date_trunc('month', note.received_at AT TIME ZONE %(zone)s)::date = month
)
