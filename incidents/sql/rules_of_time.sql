-- All that due dates depend on beside the categories' own targets, as one text: small, and read each time in place of a
-- question whether it has changed.
SELECT json_build_object(
    'country', (SELECT holidays FROM gis_data_city LIMIT 1),
    'office_hours', (SELECT policies->>'office_hours' FROM gis_data_city LIMIT 1),
    'days', (SELECT json_agg(json_build_array(day, works, name) ORDER BY day) FROM incidents_calendarday),
    'hours', (SELECT json_object_agg(id, office_hours ORDER BY id) FROM incidents_authority WHERE office_hours <> ''),
    'levels', (
        SELECT json_agg(json_build_object(
            'category', level.category_id, 'severity', level.severity, 'unit', level.authority_id,
            'accept', level.accept_within, 'resolve', level.resolve_within,
            'names', json_build_array(
                json_build_object('vi', category.name, 'en', coalesce(nullif(category.name_en, ''), category.name)),
                json_build_object('vi', unit.name, 'en', coalesce(nullif(unit.name_en, ''), unit.name))
            )
        ) ORDER BY level.id)
        FROM incidents_servicelevel level
        LEFT JOIN incidents_category category ON category.id = level.category_id
        LEFT JOIN incidents_authority unit ON unit.id = level.authority_id
    )
)::text
