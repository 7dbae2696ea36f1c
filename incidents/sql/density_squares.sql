-- The end of incident_squares.sql for the look of density: how many incidents each square holds.
SELECT square, n::int FROM squares
