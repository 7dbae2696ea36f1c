-- The cameras that a patrol looks after, and which of them are wanted more often: somebody looks at them, or something
-- open at which cameras may look happens within so many metres of them or in what they see, of which there was news in the last so many hours. With
-- each what others found of the cameras whose pictures come from the same place.
WITH incident AS (
    SELECT place
    FROM incidents_incident JOIN incidents_category category ON category.id = category_id AND category.cameras
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
), held AS (
    SELECT lease.camera_id FROM cameras_lease lease JOIN cameras_shift shift ON shift.id = lease.shift_id
    WHERE shift.name = %(patrol)s
), host AS ( -- where pictures come from together: a source, or else a server
    SELECT id AS camera_id, away_since, refused, health,
        coalesce('source ' || source_id, substring(url FROM '^[^:/?#]+://(?:[^/?#]*@)?([^/?#]*)'), '') AS name
    FROM cameras_camera WHERE active AND url <> ''
), others AS (
    SELECT name, count(*) AS cameras, count(away_since) AS away,
        count(*) FILTER (WHERE away_since IS NULL AND NOT refused AND health <> 'unknown') AS reached,
        count(*) FILTER (WHERE refused) AS refused
    FROM host WHERE camera_id NOT IN (SELECT camera_id FROM held)
    GROUP BY name
)
SELECT camera.id, camera.code, camera.url, camera.kind, camera.credentials, camera.period_s, camera.rhythm_s,
    camera.health, camera.health_since, camera.moved_at, camera.last_taken_at, camera.last_sha256,
    coalesce(camera.watched_until > now(), false) OR camera.id IN (SELECT id FROM near) AS wanted,
    coalesce(source.networks, '{}'), source.at_once, coalesce(source.quickest_s, 1), camera.aimed_at, view.id,
    camera.away_since, camera.refused, camera.left_at, now() - camera.left_at,
    host.name, coalesce(others.cameras, 0), coalesce(others.away, 0), coalesce(others.reached, 0), coalesce(others.refused, 0)
FROM held
JOIN cameras_camera camera ON camera.id = held.camera_id
JOIN host ON host.camera_id = camera.id
LEFT JOIN others ON others.name = host.name
LEFT JOIN cameras_source source ON source.id = camera.source_id
LEFT JOIN cameras_view view ON view.camera_id = camera.id AND view.current
ORDER BY camera.id
