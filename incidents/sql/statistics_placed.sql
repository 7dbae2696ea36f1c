-- Incidents of a period with the areas in which they lie: statistics_counts.sql or statistics_kept.sql goes on from here.
-- "incidents" below stands for a query of those that count: id, area_id, group_id, state, received_at, due_at, closed_at.
-- A segment says by which edition the incidents of its days are counted; "former": by the districts in which the former
-- units lay that make up the area; without an edition nothing was the law, and an incident's first area counts.
-- Where an incident lies is known by its own area, by what reforms moved, or by its placement; else its point tells.
-- planner: areas are found once, by pieces where many are to be found.
segment AS (
    SELECT edition_id, former, first::timestamp AT TIME ZONE %(zone)s AS since, (last + 1)::timestamp AT TIME ZONE %(zone)s AS until
    FROM unnest(%(editions)s::bigint[], %(firsts)s::date[], %(lasts)s::date[], %(formers)s::bool[])
        AS asked (edition_id, first, last, former)
), given AS (
    SELECT %(now)s::timestamptz AS now, %(many)s::bigint AS many
), shown AS ({incidents}
), dated AS (
    SELECT shown.*, segment.edition_id, segment.former
    FROM shown
    JOIN segment ON shown.received_at >= segment.since AND shown.received_at < segment.until
), moved AS (
    SELECT change.id, change.incident_id, change.old_area_id, area.edition_id
    FROM incidents_reassignment change
    JOIN incidents_reform reform ON reform.id = change.reform_id AND reform.state = 'enacted'
    JOIN gis_data_area area ON area.id = change.old_area_id
), moved_from AS (
    SELECT DISTINCT ON (incident_id, edition_id) incident_id, edition_id, old_area_id FROM moved
    ORDER BY incident_id, edition_id, id
), first_of_all AS (
    SELECT DISTINCT ON (incident_id) incident_id, old_area_id FROM moved ORDER BY incident_id, id
), known AS MATERIALIZED (
    SELECT dated.*, CASE WHEN dated.edition_id IS NULL THEN coalesce(first_of_all.old_area_id, dated.area_id)
                         ELSE coalesce(own.id, moved_from.old_area_id, placement.area_id) END AS found_id
    FROM dated
    LEFT JOIN gis_data_area own ON own.id = dated.area_id AND own.edition_id = dated.edition_id
    LEFT JOIN moved_from ON moved_from.incident_id = dated.id AND moved_from.edition_id = dated.edition_id
    LEFT JOIN first_of_all ON first_of_all.incident_id = dated.id AND dated.edition_id IS NULL
    LEFT JOIN incidents_placement placement
        ON placement.incident_id = dated.id AND placement.edition_id = dated.edition_id
), lost AS (
    SELECT count(*) > (SELECT many FROM given) AS many FROM known WHERE found_id IS NULL AND edition_id IS NOT NULL
), found_by_pieces AS MATERIALIZED ( -- where many are to be found, each piece looks for its points: prepared once, a third of the time
    SELECT here.id, area.edition_id, area.id AS area_id, area.code
    FROM gis_data_area area
    JOIN gis_data_areapiece piece ON piece.area_id = area.id
    CROSS JOIN LATERAL (
        SELECT id FROM incidents_incident WHERE published AND ST_Intersects(piece.shape, place) OFFSET 0
    ) here
    WHERE area.edition_id IN (SELECT edition_id FROM segment) AND (SELECT many FROM lost)
), found_by_points AS (
    SELECT incident.id, known.edition_id, there.area_id, there.code
    FROM known
    JOIN incidents_incident incident ON incident.id = known.id
    CROSS JOIN LATERAL (
        SELECT area.id AS area_id, area.code
        FROM gis_data_areapiece piece
        JOIN gis_data_area area ON area.id = piece.area_id
        WHERE ST_Intersects(piece.shape, incident.place) AND area.edition_id = known.edition_id
        ORDER BY area.code LIMIT 1
    ) there
    WHERE known.found_id IS NULL AND NOT (incident.published AND (SELECT many FROM lost))
), pointed AS MATERIALIZED (
    SELECT id, edition_id, (array_agg(area_id ORDER BY code))[1] AS area_id
    FROM (SELECT * FROM found_by_pieces UNION ALL SELECT * FROM found_by_points) found
    GROUP BY id, edition_id
), district AS (
    SELECT DISTINCT ON (part.area_id) part.area_id, unit.district AS name
    FROM gis_data_formerpart part
    JOIN gis_data_formerunit unit ON unit.id = part.former_id
    WHERE unit.district <> ''
    GROUP BY part.area_id, unit.district
    ORDER BY part.area_id, count(*) FILTER (WHERE part.how <> 'part') DESC, count(*) DESC, unit.district
), placed AS (
    SELECT known.*, CASE WHEN NOT known.former THEN coalesce(known.found_id, pointed.area_id) END AS in_area,
           district.name AS in_district, known.state IN ('resolved', 'closed') AS done
    FROM known
    LEFT JOIN pointed ON pointed.id = known.id AND pointed.edition_id = known.edition_id
    LEFT JOIN district ON known.former AND district.area_id = coalesce(known.found_id, pointed.area_id)
)
