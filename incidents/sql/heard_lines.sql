-- Those of the events just written that a reporter is to hear of: somebody left an e-mail address.
SELECT event.id
FROM staged_event staged
JOIN incidents_event event ON event.incident_id = staged.incident AND event.id > %(before)s
WHERE staged.told AND EXISTS (SELECT FROM incidents_report report WHERE report.incident_id = staged.incident AND report.email <> '')
ORDER BY event.id
