-- Before statistics_placed.sql: which packed incidents lie in areas of the law of their day, and which others were placed in
-- them (placed_month). Where nothing was the law their first areas count, which are their own as long as no change of
-- boundaries moved any.
-- planner: the months are read once, though several parts read them.
numbered AS (
    SELECT ordinality::int AS number, edition_id, first, last, former
    FROM unnest(%(editions)s::bigint[], %(firsts)s::date[], %(lasts)s::date[], %(formers)s::bool[])
        WITH ORDINALITY AS one (edition_id, first, last, former)
), packed_month AS MATERIALIZED ({packed}
), placed_month AS MATERIALIZED (
    SELECT edition_id, month, own_area_id, area_id, version, packed
    FROM incidents_placedmonth kept
    WHERE edition_id = ANY(%(editions)s::bigint[]) AND month >= date_trunc('month', %(first_day)s::date)::date
        AND month <= %(last_day)s::date AND NOT EXISTS (
            SELECT FROM incidents_sumchange note
            WHERE note.area_id = kept.own_area_id
                AND date_trunc('month', note.received_at AT TIME ZONE %(zone)s)::date = kept.month
        )
), fitting AS MATERIALIZED (
    SELECT number AS segment, area.id AS area_id
    FROM gis_data_area area
    JOIN numbered ON area.edition_id = numbered.edition_id OR numbered.edition_id IS NULL AND NOT EXISTS (
        SELECT FROM incidents_reassignment change
        JOIN incidents_reform reform ON reform.id = change.reform_id AND reform.state = 'enacted'
    )
),
