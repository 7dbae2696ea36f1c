-- Tell the planner what was just written: what follows reads it all.
ANALYZE incidents_placement
