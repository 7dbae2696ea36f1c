-- What has to be asked and written for one report, by bare SQL: one place, one route, one incident, one report, two lines of
-- history, three jobs, two pieces of news. For pgbench; the numbers of a category, an area and an authority are given.
\set x :west + random(0, 9999) * :wide
\set y :south + random(0, 9999) * :high
BEGIN;
SELECT area.id, bool_or(ST_Intersects(piece.shape, here.point)) AS inside
FROM (SELECT ST_SetSRID(ST_MakePoint(:x::float8, :y::float8), 4326) AS point) here
JOIN gis_data_areapiece piece ON piece.shape && ST_Expand(here.point, 0.0005, 0.0005)
JOIN gis_data_area area ON area.id = piece.area_id JOIN gis_data_edition edition ON edition.id = area.edition_id
WHERE edition.in_force @> current_date AND ST_DWithin(piece.shape::geography, here.point::geography, 50)
GROUP BY area.id;
SELECT rule.reason, authority.name FROM incidents_routingrule rule
LEFT JOIN incidents_authority authority ON authority.id = rule.authority_id
WHERE rule.category_id = :category OR rule.category_id IS NULL;
SELECT nextval('incident_serial') AS number \gset
INSERT INTO incidents_incident (reference, category_id, state, place, address, area_id, authority_id, text, published,
    reports_count, received_at, accept_by, due_at, changed_at)
VALUES ('bare-' || :number::text, :category, 'assigned', ST_SetSRID(ST_MakePoint(:x::float8, :y::float8), 4326),
    '', :area, :authority, 'Knee deep', true, 1, now(), now(), now(), now()) RETURNING id AS incident \gset
INSERT INTO incidents_report (incident_id, channel, sending, token, text, place, phone, email, language, received_at)
VALUES (:incident, 'open311', gen_random_uuid(), uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()), 'Knee deep', ST_SetSRID(ST_MakePoint(0, 0), 4326), '', '',
    'vi', now());
SELECT pg_advisory_xact_lock(:order);
INSERT INTO incidents_event (incident_id, kind, state, at, note, public, reasons)
VALUES (:incident, 'received', 'assigned', now(), 'Knee deep', true, '[]'), (:incident, 'assigned', 'assigned', now(), '', true, '[]');
INSERT INTO procrastinate_jobs (queue_name, task_name, args)
SELECT 'bare', 'bare', jsonb_build_object('number', number) FROM generate_series(1, 3) number;
SELECT pg_notify('bare', 'news');
SELECT pg_notify('bare', 'more news');
COMMIT;
