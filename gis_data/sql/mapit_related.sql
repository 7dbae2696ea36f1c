-- Those of these areas that lie to one in a certain way; the words are MapIt's: "covers" are those inside it, "covered"
-- those that contain it.
SELECT other.id
FROM gis_data_area here
JOIN gis_data_area other ON other.shape && here.shape AND other.id <> here.id
WHERE here.id = %(area)s AND other.id = ANY (%(ids)s::bigint[])
  AND CASE %(how)s::text
      WHEN 'touches' THEN ST_Touches(here.shape, other.shape)
      WHEN 'overlaps' THEN ST_Overlaps(here.shape, other.shape)
      WHEN 'covers' THEN ST_Covers(here.shape, other.shape)
      WHEN 'covered' THEN ST_CoveredBy(here.shape, other.shape)
      WHEN 'coverlaps' THEN ST_Covers(here.shape, other.shape) OR ST_Overlaps(here.shape, other.shape)
      WHEN 'intersects' THEN ST_Intersects(here.shape, other.shape) END
