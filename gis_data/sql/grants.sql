-- All boundaries, names and addresses are open data.
GRANT SELECT ON
    gis_data_area, gis_data_areapiece, gis_data_city, gis_data_edition, gis_data_formerpart, gis_data_formerunit,
    gis_data_groundshape, gis_data_house, gis_data_junction, gis_data_landmark, gis_data_sitepage, gis_data_street,
    gis_data_streetname, gis_data_succession
TO {reader};
