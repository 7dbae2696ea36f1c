-- The incidents since a moment at which cameras may look and that no camera has in view, by squares of so many degrees: longitude and latitude of the
-- square's middle, and how many.
SELECT round((floor(ST_X(place) / %(wide)s) + 0.5)::numeric * %(wide)s::numeric, 6)::float,
    round((floor(ST_Y(place) / %(high)s) + 0.5)::numeric * %(high)s::numeric, 6)::float, count(*)
FROM incidents_incident AS incident
JOIN incidents_category AS category ON category.id = incident.category_id AND category.cameras
WHERE received_at >= %(since)s AND NOT EXISTS (
    SELECT FROM cameras_view AS view JOIN cameras_camera AS camera ON camera.id = view.camera_id
    WHERE camera.active AND view.current AND view.state NOT IN ('lost', 'turns') AND ST_Covers(view.footprint, incident.place)
)
GROUP BY 1, 2
ORDER BY 3 DESC, 1, 2
LIMIT 3000
