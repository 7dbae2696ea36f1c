-- Beside incident_sums.sql: those of them that stand alone. "ended" below stands for a query of the published ones of
-- one square that have ended: id, mark. The planner does not know that they are few.
UNION ALL
SELECT there.id, there.mark FROM sorted CROSS JOIN LATERAL ({ended} LIMIT %(few)s) there WHERE sorted.alone
