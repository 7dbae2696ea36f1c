-- Tell the planner what was just written and what follows reads: with old figures it may read a table for each row.
ANALYZE incidents_placement, incidents_incident
