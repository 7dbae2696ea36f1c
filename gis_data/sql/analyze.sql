-- Tell the planner what was just loaded: without it, look-ups are read in the wrong order until autovacuum comes by.
ANALYZE gis_data_edition, gis_data_area, gis_data_areapiece, gis_data_street, gis_data_junction, gis_data_landmark,
        gis_data_house, gis_data_formerunit, gis_data_formerpart
