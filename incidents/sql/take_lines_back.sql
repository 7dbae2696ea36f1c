-- Gives words and reasons back to the lines of history from which an archive has taken them.
UPDATE incidents_event event
SET note = kept.note, salt = kept.salt, reasons = kept.reasons::jsonb, receipt = kept.receipt::jsonb, archive = NULL
FROM unnest(%(lines)s::bigint[], %(notes)s::text[], %(salts)s::uuid[], %(reasons)s::text[], %(receipts)s::text[])
    AS kept (id, note, salt, reasons, receipt)
WHERE event.id = kept.id AND event.archive = %(archive)s
