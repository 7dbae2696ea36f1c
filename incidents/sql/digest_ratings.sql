-- The stars that reporters gave in a week and in the one before it, by unit, area and field of the incident.
SELECT incident.authority_id, incident.area_id, incident.category_id,
    coalesce(sum(rating.stars) FILTER (WHERE rating.at > %(since)s), 0),
    coalesce(sum(rating.stars) FILTER (WHERE rating.at <= %(since)s), 0),
    count(*) FILTER (WHERE rating.at > %(since)s),
    count(*) FILTER (WHERE rating.at <= %(since)s)
FROM incidents_rating rating
JOIN incidents_report report ON report.id = rating.report_id
JOIN incidents_incident incident ON incident.id = report.incident_id
WHERE rating.at > %(before)s AND rating.at <= %(until)s
GROUP BY incident.authority_id, incident.area_id, incident.category_id
