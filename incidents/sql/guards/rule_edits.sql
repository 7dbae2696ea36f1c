-- Whoever changes a rule leaves a mark in the same transaction, by which incidents.rulebook sees that what it keeps in
-- memory is old. Several rows, so that those who edit at the same time do not wait for one another; marks are never given
-- twice, so that what was read in a transaction that was rolled back is not taken for what stands there now.
CREATE TABLE IF NOT EXISTS incidents_edit (slot smallint PRIMARY KEY, mark uuid NOT NULL DEFAULT gen_random_uuid());
INSERT INTO incidents_edit (slot) SELECT generate_series(1, 8) ON CONFLICT DO NOTHING;
CREATE OR REPLACE VIEW incidents_edits AS SELECT string_agg(mark::text, ' ' ORDER BY slot) AS marks FROM incidents_edit;

CREATE OR REPLACE FUNCTION mark_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE public.incidents_edit SET mark = gen_random_uuid()
    WHERE slot = (SELECT slot FROM public.incidents_edit LIMIT 1 FOR UPDATE SKIP LOCKED);
    IF NOT FOUND THEN
        UPDATE public.incidents_edit SET mark = gen_random_uuid() WHERE slot = 1;
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER edits_leave_a_mark AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON incidents_category
    FOR EACH STATEMENT EXECUTE FUNCTION mark_edit();
CREATE OR REPLACE TRIGGER edits_leave_a_mark AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON incidents_authority
    FOR EACH STATEMENT EXECUTE FUNCTION mark_edit();
CREATE OR REPLACE TRIGGER edits_leave_a_mark AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON incidents_routingrule
    FOR EACH STATEMENT EXECUTE FUNCTION mark_edit();
CREATE OR REPLACE TRIGGER edits_leave_a_mark AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON incidents_servicelevel
    FOR EACH STATEMENT EXECUTE FUNCTION mark_edit();
CREATE OR REPLACE TRIGGER edits_leave_a_mark AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON incidents_calendarday
    FOR EACH STATEMENT EXECUTE FUNCTION mark_edit();
CREATE OR REPLACE TRIGGER edits_leave_a_mark AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON incidents_escalationstep
    FOR EACH STATEMENT EXECUTE FUNCTION mark_edit();
CREATE OR REPLACE TRIGGER edits_leave_a_mark AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON gis_data_city
    FOR EACH STATEMENT EXECUTE FUNCTION mark_edit();
