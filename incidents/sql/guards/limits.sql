-- Buckets of limits are written with each report and worth nothing after a crash: no log is written for them. Half of each
-- page is left to new versions of its rows.
ALTER TABLE incidents_limitbucket SET UNLOGGED;
ALTER TABLE incidents_limitbucket SET (fillfactor = 50);
