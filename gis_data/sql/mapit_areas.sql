-- Areas with the shape left out: those of these ids, parents, levels, code and beginning of the name that are the law on a
-- day, in a generation, since one or until one. Each of these may be NULL: then it does not count. Drafts never.
-- A generation is named by its first day, on which an edition became the law, as a number: 20250701; 0 is without one.
-- Where no edition of cities was ever the law, the city is an area by itself, and the parent of those that have none; the
-- numbers of such areas begin at 1,000,000,000.
WITH editions AS (
    SELECT id, city_id, in_force, coalesce(lower(in_force), '-infinity') AS first, coalesce(upper(in_force), 'infinity') AS ended,
           coalesce(to_char(lower(in_force), 'YYYYMMDD')::bigint, 0) AS number
    FROM gis_data_edition WHERE in_force IS NOT NULL
), law AS (
    SELECT editions.*, (SELECT max(number) FROM editions later WHERE later.first < editions.ended) AS last FROM editions
), whole AS (
    SELECT 1000000000 + city.id AS id, city.name, city.code, min(law.first) AS first, max(law.ended) AS ended,
           max(law.last) AS last
    FROM gis_data_city city
    JOIN law ON law.city_id = city.id
    WHERE NOT EXISTS (SELECT FROM gis_data_edition WHERE level = 1 AND in_force IS NOT NULL)
    GROUP BY city.id
)
SELECT area.id, area.full_name, coalesce(area.parent_id, whole.id), area.level, area.code, lower(law.in_force) AS since,
       upper(law.in_force), to_date(nullif(law.last, 0)::text, 'YYYYMMDD')
FROM gis_data_area area
JOIN law ON law.id = area.edition_id
LEFT JOIN whole ON TRUE
WHERE (%(ids)s::bigint[] IS NULL OR area.id = ANY (%(ids)s::bigint[]))
  AND (%(parents)s::bigint[] IS NULL OR coalesce(area.parent_id, whole.id) = ANY (%(parents)s::bigint[]))
  AND (%(levels)s::int[] IS NULL OR area.level = ANY (%(levels)s::int[]))
  AND (%(code)s::text IS NULL OR area.code = %(code)s::text)
  AND (%(prefix)s::text IS NULL OR starts_with(lower(area.full_name), lower(%(prefix)s::text))
       OR starts_with(lower(area.name), lower(%(prefix)s::text)))
  AND (%(day)s::date IS NULL OR law.in_force @> %(day)s::date)
  AND (%(generation)s::bigint IS NULL
       OR law.in_force @> (SELECT min(first) FROM law WHERE number = %(generation)s::bigint))
  AND (%(since)s::bigint IS NULL OR law.last >= %(since)s::bigint AND law.first <= %(today)s::date)
  AND (%(until)s::bigint IS NULL OR law.last <= %(until)s::bigint)
UNION ALL
SELECT id, name, NULL, 1, code, nullif(first, '-infinity'), nullif(ended, 'infinity'),
       to_date(nullif(last, 0)::text, 'YYYYMMDD')
FROM whole
WHERE %(parents)s::bigint[] IS NULL
  AND (%(ids)s::bigint[] IS NULL OR id = ANY (%(ids)s::bigint[]))
  AND (%(levels)s::int[] IS NULL OR 1 = ANY (%(levels)s::int[]))
  AND (%(code)s::text IS NULL OR code = %(code)s::text)
  AND (%(prefix)s::text IS NULL OR starts_with(lower(name), lower(%(prefix)s::text)))
  AND (%(day)s::date IS NULL OR EXISTS (SELECT FROM law WHERE in_force @> %(day)s::date))
  AND (%(generation)s::bigint IS NULL OR EXISTS (SELECT FROM law WHERE number = %(generation)s::bigint))
  AND (%(since)s::bigint IS NULL OR last >= %(since)s::bigint AND first <= %(today)s::date)
  AND (%(until)s::bigint IS NULL OR last <= %(until)s::bigint)
ORDER BY level, code, since, id
