-- How many were placed.
SELECT count(*) FROM placed
