-- Renews the planner's figures of the whole history.
SELECT analyze_table('incidents_event')
