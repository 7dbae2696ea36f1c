-- How PostgreSQL keeps some columns. Bytes that do not shrink are not tried to.
ALTER TABLE incidents_endedmonth
    ALTER packed SET STORAGE EXTERNAL, ALTER places SET STORAGE EXTERNAL, ALTER units SET STORAGE EXTERNAL, ALTER keys SET STORAGE EXTERNAL;
ALTER TABLE incidents_acceptedday ALTER packed SET STORAGE EXTERNAL;
ALTER TABLE incidents_doneday ALTER packed SET STORAGE EXTERNAL;
-- Whether a word is rare is told by a sample of all texts: one in ten thousand is rare enough for the index.
ALTER TABLE incidents_incidentwords ALTER COLUMN text SET STATISTICS 1000;
-- The collation of the database is C: the unique indexes find beginnings, too.
DROP INDEX IF EXISTS incidents_incident_reference_1035822c_like, incidents_historyarchive_sha256_567c5183_like;
