-- What the statements that place incidents go by, and no more: to look at all columns of incidents takes more than ten
-- times as long.
SELECT analyze_table('incidents_placement'), analyze_table('incidents_incident', 'id', 'area_id')
