-- The keys of the incidents on one page of what is late now or was done late in a period, by their deadlines. Indexes alone
-- tell the deadlines of all; which incidents have those of the page is looked up then. "open" and "done" stand for
-- queries of what is late now and of what was done late: id, due_at; "open_dates" and "done_dates" for the same without id.
-- planner: the dates of the page are read once, from indexes alone.
WITH dates AS MATERIALIZED ( -- until the end of the page
    SELECT due_at FROM ({open_dates} UNION ALL {done_dates}) late ORDER BY due_at LIMIT %(after)s
), page AS MATERIALIZED (
    SELECT due_at FROM dates ORDER BY due_at OFFSET %(before)s
)
SELECT id
FROM (
    SELECT id, due_at FROM ({open}) open WHERE due_at = ANY (ARRAY(SELECT DISTINCT due_at FROM page))
    UNION ALL
    SELECT id, due_at FROM ({done}) done WHERE due_at = ANY (ARRAY(SELECT DISTINCT due_at FROM page))
) late
ORDER BY due_at, id
-- Of those with the first deadline of the page some may stand on the page before.
OFFSET %(before)s - (SELECT count(*) FROM dates WHERE due_at < (SELECT min(due_at) FROM page))
LIMIT %(after)s - %(before)s
