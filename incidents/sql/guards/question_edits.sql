-- Questions of matters are rules like those of rule_edits.sql: whoever changes one leaves a mark.
CREATE OR REPLACE TRIGGER edits_leave_a_mark AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON incidents_question
    FOR EACH STATEMENT EXECUTE FUNCTION mark_edit();
