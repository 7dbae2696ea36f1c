-- The incidents of "incidents" below that have ended, by the month in which they were reported and their area. "packed" has
-- eight bytes of each: day of the month, whether published, done in time, state (1 resolved, 2 closed, 3 rejected),
-- category, seconds from report to result (see incidents/aggregates/months.py). In the same order are: "places", eight bytes,
-- longitude and latitude; "units", four, twice the key of its unit, and one more where everybody may see a photo of it;
-- "keys", eight. The bounds are those of all of them.
SELECT date_trunc('month', received_at AT TIME ZONE %(zone)s)::date AS month, area_id,
       string_agg({bits}, '' ORDER BY id) AS packed,
       string_agg(
           int4send(round(ST_X(place) * 1e7)::int) || int4send(round(ST_Y(place) * 1e7)::int), '' ORDER BY id
       ) AS places,
       string_agg(int4send((authority_id * 2 + EXISTS (
           SELECT FROM incidents_photo photo
           WHERE photo.incident_id = incident.id AND photo.public AND photo.masking = 'done' AND (
               photo.event_id IS NULL OR (SELECT public FROM incidents_event WHERE id = photo.event_id)
           )
       )::int)::int), '' ORDER BY id) AS units,
       string_agg(int8send(id), '' ORDER BY id) AS keys,
       array_agg(DISTINCT authority_id) AS unit_keys,
       round(min(ST_X(place)) * 1e7)::int AS west, round(min(ST_Y(place)) * 1e7)::int AS south,
       round(max(ST_X(place)) * 1e7)::int AS east, round(max(ST_Y(place)) * 1e7)::int AS north
FROM ({incidents}) incident
WHERE closed_at IS NOT NULL AND state <> 'merged'
GROUP BY 1, 2
