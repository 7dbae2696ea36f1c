-- The names of streets and landmarks that resemble misspelt words (without diacritics), the most like ones first.
SELECT asked.words, found.what, found.search
FROM unnest(%(words)s::text[]) AS asked (words)
CROSS JOIN LATERAL (
    (SELECT 'street' AS what, street.search FROM gis_data_street street WHERE street.search %% asked.words
     GROUP BY street.search ORDER BY similarity(street.search, asked.words) DESC, street.search LIMIT 12)
    UNION ALL
    (SELECT 'landmark', landmark.search FROM gis_data_landmark landmark
     WHERE landmark.search %% asked.words OR landmark.search %%> asked.words
     GROUP BY landmark.search ORDER BY word_similarity(asked.words, landmark.search) DESC, landmark.search LIMIT 12)
) AS found
