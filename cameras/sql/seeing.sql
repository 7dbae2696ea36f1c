-- The active cameras in whose present view a place lies, the nearest first, and how many metres away they stand.
-- A camera has one current view at most: no camera comes twice.
SELECT camera.*, ST_DistanceSphere(camera.place, place.at) AS distance_m
FROM (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS at) AS place
JOIN cameras_view AS view ON ST_Covers(view.footprint, place.at)
JOIN cameras_camera AS camera ON camera.id = view.camera_id
WHERE view.current AND view.state = ANY(%(known)s) AND camera.active
ORDER BY distance_m, camera.id
