-- Beside incident_squares.sql: the published incidents of a tile that have ended, as they were counted from packed months.
UNION ALL
SELECT * FROM unnest(
    %(packed_0)s::bigint[], %(packed_1)s::text[], %(packed_2)s::bigint[], %(packed_3)s::float[], %(packed_4)s::float[],
    %(packed_5)s::float[], %(packed_6)s::float[], %(packed_7)s::float[], %(packed_8)s::float[]
)
