-- What has to be known when a report comes in: whether it is here already, the marks of the rules, and for a new incident a
-- number.
SELECT marks, report.id, CASE WHEN report.id IS NULL AND %(new)s THEN nextval('incident_serial') END
FROM incidents_edits LEFT JOIN incidents_report report ON report.sending = %(sending)s
