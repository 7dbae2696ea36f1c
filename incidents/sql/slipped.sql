-- What slipped lately and nobody was told of: (the key of its text, the directive or part).
SELECT slipped.text, slipped.id
FROM (
    SELECT 'directive_unread' AS text, id FROM incidents_directive
    WHERE settled_at IS NULL AND reported_at IS NULL AND acknowledged_at IS NULL
        AND given_at BETWEEN %(since)s - %(unread)s AND %(at)s - %(unread)s
    UNION ALL
    SELECT 'directive_late', id FROM incidents_directive
    WHERE settled_at IS NULL AND reported_at IS NULL AND until BETWEEN %(since)s AND %(at)s
    UNION ALL
    SELECT 'part_late', id FROM incidents_subtask
    WHERE state = 'open' AND due_at BETWEEN %(since)s AND %(at)s
) slipped
WHERE NOT EXISTS (SELECT FROM incidents_notice notice WHERE notice.cause = slipped.text || ':' || slipped.id)
