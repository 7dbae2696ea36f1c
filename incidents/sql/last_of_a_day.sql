-- The last line that was written before a moment, with its seal. The numbers of lines follow their time, nearly: a line
-- that was dated back belongs to the day on which it was written.
SELECT link.event_id, link.digest
FROM incidents_eventseal link
WHERE link.event_id <= (SELECT id FROM incidents_event WHERE at < %(ends)s ORDER BY id DESC LIMIT 1)
ORDER BY link.event_id DESC
LIMIT 1
