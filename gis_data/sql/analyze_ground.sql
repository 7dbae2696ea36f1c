-- Tell the planner what the ground holds now.
SELECT analyze_table('gis_data_groundshape')
