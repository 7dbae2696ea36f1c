-- The cameras that a patrol looks after, and which of them are wanted more often: somebody looks at them, or something
-- open happens within so many metres of them or in what they see, of which there was news in the last so many hours.
WITH incident AS (
    SELECT place FROM incidents_incident
    WHERE state = ANY(%(open)s) AND changed_at > now() - make_interval(hours => %(news_hours)s)
), near AS (
    SELECT camera.id
    FROM incident
    JOIN cameras_camera camera
      ON camera.active
     AND camera.place && ST_Expand(incident.place, %(near_m)s / 105000.0 / cos(radians(ST_Y(incident.place))), %(near_m)s / 105000.0)
     AND ST_DWithin(camera.place::geography, incident.place::geography, %(near_m)s, false)
    UNION
    SELECT view.camera_id
    FROM incident
    JOIN cameras_view view ON view.current AND view.state <> 'lost' AND ST_Covers(view.footprint, incident.place)
)
SELECT camera.id, camera.code, camera.url, camera.kind, camera.credentials, camera.period_s,
    camera.health, camera.health_since, camera.moved_at, camera.last_taken_at, camera.last_sha256,
    coalesce(camera.watched_until > now(), false) OR camera.id IN (SELECT id FROM near) AS wanted,
    source.id, coalesce(source.networks, '{}'), source.at_once, coalesce(source.quickest_s, 1), source.down_since IS NOT NULL,
    camera.aimed_at, view.id
FROM cameras_lease lease
JOIN cameras_shift shift ON shift.id = lease.shift_id AND shift.name = %(patrol)s
JOIN cameras_camera camera ON camera.id = lease.camera_id AND camera.active AND camera.url <> ''
LEFT JOIN cameras_source source ON source.id = camera.source_id
LEFT JOIN cameras_view view ON view.camera_id = camera.id AND view.current
ORDER BY camera.id
