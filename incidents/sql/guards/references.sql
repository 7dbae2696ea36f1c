-- The numbers of references never repeat.
CREATE SEQUENCE IF NOT EXISTS incident_serial;
