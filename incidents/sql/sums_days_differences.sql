-- How many days are not packed as the incidents are, without those of which something is noted.
SELECT count(*)
FROM incidents_doneday kept
FULL JOIN ({packed}) counted ON counted.key = kept.day
WHERE kept.packed IS DISTINCT FROM counted.packed AND NOT EXISTS (
    SELECT FROM incidents_unitchange note
    WHERE (note.closed_at AT TIME ZONE %(zone)s)::date = coalesce(kept.day, counted.key)
)
