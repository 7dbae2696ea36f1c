-- The ground of one tile by layer, rank and name, in so many units from side to side (y down): its lines, or the rings of its
-- areas, in Google's encoding of polylines, with blanks between them, each told from where the one before ends (those that lie
-- near one another follow one another: geometries sort along a Hilbert curve); of a name point and first zoom, as "x y zoom".
-- Clipping turns some holes: they are made to run against what they lie in.
-- planner: each shape is cut once, though its layers are read one by one.
WITH tile AS (
    SELECT ST_Expand(box, (ST_XMax(box) - ST_XMin(box)) / 32) AS reach, %(units)s / (ST_XMax(box) - ST_XMin(box)) AS scale,
           ST_XMin(box) AS west, ST_YMax(box) AS north
    FROM ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS box
), ground AS MATERIALIZED (
    SELECT layer, rank, first_zoom, name,
           ST_SnapToGrid(
               ST_Affine(
                   CASE WHEN shape @ reach THEN shape ELSE ST_ForcePolygonCCW(ST_ClipByBox2D(shape, reach)) END,
                   scale, 0, 0, -scale, -west * scale, north * scale
               ), 1
           ) AS shape
    FROM gis_data_groundshape, tile
    WHERE band = %(band)s AND first_zoom <= %(z)s AND shape && reach
), line AS (
    SELECT layer, rank, name, (ST_Dump(ST_Simplify(shape, 0.7))).geom AS line FROM ground WHERE layer IN (3, 4, 5)
    UNION ALL
    SELECT layer, 0, '', ST_ExteriorRing((ST_DumpRings((part).geom)).geom)
    FROM (SELECT layer, ST_Dump(ST_CollectionExtract(shape, 3)) AS part FROM ground WHERE layer IN (1, 2, 6)) AS parts
)
SELECT layer, rank, name, string_agg(
    ST_AsEncodedPolyline(ST_SetSRID(ST_Translate(line, -coalesce(ST_X(last), 0), -coalesce(ST_Y(last), 0)), 4326), 0), ' ' ORDER BY n
) FROM (
    SELECT layer, rank, name, line, lag(ST_EndPoint(line)) OVER neighbours AS last, row_number() OVER neighbours AS n
    FROM line WHERE ST_NPoints(line) > 1 WINDOW neighbours AS (PARTITION BY layer, rank, name ORDER BY line)
) AS chained GROUP BY layer, rank, name
UNION ALL
SELECT layer, rank, name, ST_X(shape) || ' ' || ST_Y(shape) || ' ' || first_zoom FROM ground
WHERE layer = 7 AND ST_X(shape) >= 0 AND ST_X(shape) < %(units)s AND ST_Y(shape) >= 0 AND ST_Y(shape) < %(units)s
