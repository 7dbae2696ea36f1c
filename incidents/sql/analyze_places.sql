-- Tell the planner what was just written and what follows reads: with old figures it may read a table for each row.
SELECT analyze_table('incidents_placement'), analyze_table('incidents_incident')
