-- One new incident of a storm: what others see of it at once, two lines of history and their news.
-- For pgbench; the numbers of a category, an area and an authority, and a place, are given.
BEGIN;
SELECT nextval('incident_serial') AS number \gset
INSERT INTO incidents_incident (reference, category_id, state, place, address, area_id, authority_id, text, published,
    reports_count, received_at, accept_by, due_at, changed_at)
VALUES ('storm-' || :number::text, :category, 'assigned', ST_SetSRID(ST_MakePoint(:lon::float8, :lat::float8), 4326),
    '', :area, :authority, 'Knee deep', true, 1, now(), now(), now(), now()) RETURNING id AS incident \gset
SELECT pg_advisory_xact_lock(:order);
INSERT INTO incidents_event (incident_id, kind, state, at, note, public, reasons)
VALUES (:incident, 'received', 'assigned', clock_timestamp(), 'Knee deep', true, '[]') RETURNING id AS first \gset
INSERT INTO incidents_event (incident_id, kind, state, at, note, public, reasons)
VALUES (:incident, 'assigned', 'assigned', clock_timestamp(), '', true, '[]') RETURNING id AS second \gset
SELECT pg_notify('incident_news', json_build_object(
    'id', id, 'kind', kind, 'at', now(), 'public', true, 'authority', :authority, 'was', null, 'asked', json_build_array(),
    'where', :area, 'what', json_build_array(:category, null), 'maybe', json_build_array(),
    'reference', 'storm-' || :number::text, 'state', 'assigned', 'late', false, 'urgent', false, 'lon', :lon, 'lat', :lat,
    'icon', 'road', 'category', json_build_object('vi', 'Ổ gà, hố sụt trên đường', 'en', 'Pothole or hole in the road'),
    'area', json_build_object('vi', 'Phường Sài Gòn', 'en', 'Saigon Ward'))::text)
FROM (VALUES (:first, 'received'), (:second, 'assigned')) AS news (id, kind) ORDER BY id;
COMMIT;
