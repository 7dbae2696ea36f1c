-- How many rows of placed months are not what the incidents say, without those of which something is noted and those that
-- wait for their first time.
SELECT count(*)
FROM incidents_placedmonth kept
FULL JOIN ({placed}) counted USING (edition_id, month, own_area_id, area_id)
WHERE coalesce(kept.packed, '') <> coalesce(counted.packed, '') AND NOT EXISTS (
    SELECT FROM incidents_sumchange note
    WHERE note.area_id = own_area_id AND date_trunc('month', note.received_at AT TIME ZONE %(zone)s)::date = month
) AND EXISTS (
    SELECT FROM incidents_placedmonth placed
    WHERE (placed.edition_id, placed.month, placed.own_area_id) = (edition_id, month, own_area_id)
)
