-- Those of the events just written that a reporter is to hear of: somebody left an e-mail address, or lets the browser
-- tell it.
SELECT event.id
FROM staged_event staged
JOIN incidents_event event ON event.incident_id = staged.incident AND event.id > %(before)s
WHERE staged.told AND EXISTS (
    SELECT FROM incidents_report report
    WHERE report.incident_id = staged.incident AND (
        report.email <> '' OR EXISTS (SELECT FROM incidents_pushsubscription browser WHERE browser.report_id = report.id)
    )
)
ORDER BY event.id
