-- For incident_squares.sql: the incidents of the squares in which they stand alone, each square looked up by itself.
-- "alone" below stands for a query of what may be shown of the square "sorted": id, state, late.
SELECT there.id, CASE WHEN there.late THEN 'late' ELSE there.state END AS mark
FROM sorted CROSS JOIN LATERAL (SELECT * FROM ({alone}) one LIMIT %(points_of_square)s) there
WHERE sorted.alone
