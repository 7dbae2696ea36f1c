-- Sums where none are.
INSERT INTO incidents_mapsum (level, cell, area_id, category_id, state, n, lon, lat, west, south, east, north)
SELECT level, cell, area_id, category_id, state, n, lon, lat, west, south, east, north FROM ({sums}) sums
ORDER BY cell, area_id, category_id -- what is read together lies together
