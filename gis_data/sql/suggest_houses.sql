-- For each asked number of a street: the house itself, else the nearest numbers of the same side, at most 20 away.
SELECT asked.position, found.number, found.street, found.away, ST_X(found.point), ST_Y(found.point)
FROM unnest(%(positions)s::int[], %(streets)s::text[], %(numbers)s::text[], %(leading)s::int[])
     AS asked (position, street, number, lead)
CROSS JOIN LATERAL (
    SELECT house.number, house.street, house.point,
           CASE WHEN lower(house.number) = asked.number THEN 0
                ELSE greatest(1, abs(substring(house.number FROM '^\d{1,6}')::int - asked.lead)) END AS away
    FROM gis_data_house house
    WHERE house.search = asked.street
      AND (lower(house.number) = asked.number
           OR abs(substring(house.number FROM '^\d{1,6}')::int - asked.lead) <= 20
           AND substring(house.number FROM '^\d{1,6}')::int %% 2 = asked.lead %% 2)
    ORDER BY away, house.number, house.id LIMIT 2
) AS found
