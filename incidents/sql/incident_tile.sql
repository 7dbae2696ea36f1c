-- The end of incident_squares.sql for our own map: the tile as JSON.
SELECT json_build_object(
    'incidents', coalesce((
        SELECT json_agg(json_build_object(
            'reference', incident.reference, 'state', incident.state, 'late', point.mark = 'late',
            'icon', category.icon, 'reports', incident.reports_count,
            'lon', round(ST_X(incident.place)::numeric, 6), 'lat', round(ST_Y(incident.place)::numeric, 6),
            'at', incident.address, 'near', incident.near,
            'category', json_build_object('vi', category.name, 'en', coalesce(nullif(category.name_en, ''), category.name)),
            'area', json_build_object('code', area.code, 'vi', area.full_name,
                                      'en', coalesce(nullif(area.full_name_en, ''), area.full_name))
        ) ORDER BY incident.id DESC)
        FROM points point
        JOIN incidents_incident incident ON incident.id = point.id
        JOIN incidents_category category ON category.id = incident.category_id
        JOIN gis_data_area area ON area.id = incident.area_id
    ), '[]'),
    'clusters', coalesce((
        SELECT json_agg(json_build_object(
            'n', n, 'lon', round(lon::numeric, 6), 'lat', round(lat::numeric, 6),
            'bounds', json_build_array(round(west::numeric, 6), round(south::numeric, 6),
                                       round(east::numeric, 6), round(north::numeric, 6)),
            'mix', mix
        ) ORDER BY square)
        FROM sorted WHERE NOT alone
    ), '[]')
)::text
