-- The deadlines and the severity by which an ended incident was judged do not move. A change of boundaries that is
-- taken back may move them: it says so by SET LOCAL incidents.reform = 'on'.
CREATE OR REPLACE FUNCTION refuse_to_move_ended_deadlines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('incidents.reform', true) IS DISTINCT FROM 'on' THEN
        RAISE EXCEPTION 'the deadlines of an incident that has ended do not move' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER deadlines_of_ended_ones_stay
    BEFORE UPDATE OF accept_by, due_at, first_due_at, due_date_trace, severity ON incidents_incident
    FOR EACH ROW WHEN (
        OLD.closed_at IS NOT NULL AND NEW.closed_at IS NOT NULL
        AND (OLD.accept_by, OLD.due_at, OLD.first_due_at, OLD.due_date_trace, OLD.severity)
            IS DISTINCT FROM (NEW.accept_by, NEW.due_at, NEW.first_due_at, NEW.due_date_trace, NEW.severity)
    ) EXECUTE FUNCTION refuse_to_move_ended_deadlines();
