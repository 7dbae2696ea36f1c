-- Where one kind of matter comes back: kinds and places of about 100 m with at least so many incidents, the most first. "rows"
-- stands for a query of these incidents: category_id, address and place.
SELECT category_id, count(*) AS times, coalesce(mode() WITHIN GROUP (ORDER BY nullif(address, '')), '') AS address,
    ST_X(ST_Centroid(ST_Collect(place::geometry))) AS lon, ST_Y(ST_Centroid(ST_Collect(place::geometry))) AS lat
FROM ({rows}) incident
GROUP BY category_id, ST_SnapToGrid(place::geometry, 0.001)
HAVING count(*) >= %s
ORDER BY times DESC, category_id, lon, lat
LIMIT %s
