-- How many incidents are late now ("open" stands for a query of them) or were done late in a period ("parts": what
-- sums/units.py gives of it).
SELECT (SELECT count(*) FROM ({open}) open) + (
    SELECT coalesce(sum(done - in_time), 0)
    FROM ({parts}) summed
    WHERE (%(kind)s = '' OR authority_id IN (SELECT id FROM incidents_authority WHERE kind = %(kind)s))
        AND (%(unit)s::bigint IS NULL OR authority_id = %(unit)s)
        AND (%(group)s = '' OR category_id IN (
            SELECT leaf.id FROM incidents_category leaf JOIN incidents_category parent ON parent.id = leaf.parent_id
            WHERE parent.code = %(group)s
        ))
)
