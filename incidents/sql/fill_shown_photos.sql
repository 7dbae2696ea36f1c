-- Of the next incidents after the key "after", "many" of them, those of which everybody may see a photo learn it; gives the
-- last key.
WITH next AS (
    SELECT id, has_shown_photo FROM incidents_incident WHERE id > %(after)s ORDER BY id LIMIT %(many)s
), filled AS (
    UPDATE incidents_incident incident SET has_shown_photo = true
    FROM next
    WHERE incident.id = next.id AND NOT incident.has_shown_photo AND has_shown_photo(next.id)
)
SELECT max(id) FROM next
