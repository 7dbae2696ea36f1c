-- Wait until nobody else loads a city, and keep others waiting until this transaction ends.
SELECT pg_advisory_xact_lock(hashtext('gis_data.load_city'))
