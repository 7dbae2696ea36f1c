-- Tell the planner what was just loaded: without it, look-ups are read in the wrong order until autovacuum comes by.
SELECT analyze_table('gis_data_edition'), analyze_table('gis_data_area'), analyze_table('gis_data_areapiece'),
       analyze_table('gis_data_street'), analyze_table('gis_data_junction'), analyze_table('gis_data_landmark'),
       analyze_table('gis_data_house'), analyze_table('gis_data_formerunit'), analyze_table('gis_data_formerpart')
