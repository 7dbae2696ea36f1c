-- How many days are not packed as the tables are, without those of which something is noted.
SELECT count(*)
FROM {table} kept
FULL JOIN ({packed}) counted ON counted.key = kept.day
WHERE kept.packed IS DISTINCT FROM counted.packed AND NOT EXISTS (
    SELECT FROM ({noted}) note WHERE (note.at AT TIME ZONE %(zone)s)::date = coalesce(kept.day, counted.key)
)
