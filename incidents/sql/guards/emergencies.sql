-- How emergency mode was switched, and what its bulletins said, is only ever added to.
CREATE OR REPLACE FUNCTION refuse_to_change_emergencies() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of emergencies is only ever added to' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE OR REPLACE TRIGGER emergency_lines_are_append_only BEFORE UPDATE OR DELETE ON incidents_emergencyline
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_emergencies();
CREATE OR REPLACE TRIGGER emergency_lines_are_not_emptied BEFORE TRUNCATE ON incidents_emergencyline
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_emergencies();
CREATE OR REPLACE TRIGGER bulletins_are_append_only BEFORE UPDATE OR DELETE ON incidents_emergencybulletin
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_emergencies();
CREATE OR REPLACE TRIGGER bulletins_are_not_emptied BEFORE TRUNCATE ON incidents_emergencybulletin
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_emergencies();
