-- Of each ward in force today: the incidents since a moment at which cameras may look, those in a verified view, those in any view.
WITH seen AS (
    SELECT view.footprint, view.verified
    FROM cameras_view AS view JOIN cameras_camera AS camera ON camera.id = view.camera_id
    WHERE camera.active AND view.current AND view.state NOT IN ('lost', 'turns') AND view.footprint IS NOT NULL
), counted AS (
    SELECT incident.area_id,
        EXISTS (SELECT FROM seen WHERE seen.verified AND ST_Covers(seen.footprint, incident.place)) AS verified,
        EXISTS (SELECT FROM seen WHERE ST_Covers(seen.footprint, incident.place)) AS somehow
    FROM incidents_incident AS incident
    JOIN incidents_category AS category ON category.id = incident.category_id AND category.cameras
    WHERE incident.received_at >= %(since)s
)
SELECT area.id, count(counted.area_id), count(*) FILTER (WHERE verified), count(*) FILTER (WHERE somehow)
FROM gis_data_area AS area LEFT JOIN counted ON counted.area_id = area.id
WHERE area.id = ANY(%(areas)s)
GROUP BY area.id
