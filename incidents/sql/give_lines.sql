-- Empties lines of history whose words and reasons an archive has.
UPDATE incidents_event SET note = '', salt = NULL, reasons = '[]', receipt = NULL, archive = %(archive)s
WHERE id = ANY (%(lines)s) AND archive IS NULL
