-- An incident passes from state to state as this table says: what steps.TRANSITIONS makes possible (a test compares them).
-- A change of boundaries moves incidents without steps: it says so by SET LOCAL incidents.reform = 'on'. So says incidents.merging
-- that an open incident is merged into another, or is what it was again. A step that can still be taken back (incidents_undoablestep)
-- lets the state be what it was.
CREATE TABLE IF NOT EXISTS incidents_passage (origin varchar(10), target varchar(10), PRIMARY KEY (origin, target));
DELETE FROM incidents_passage;
INSERT INTO incidents_passage SELECT origin, unnest(string_to_array(targets, ' ')) FROM (VALUES
    ('received', 'passed_on accepted waiting assigned rejected'),
    ('assigned', 'passed_on accepted waiting received resolved rejected'),
    ('passed_on', 'accepted waiting assigned received resolved rejected'),
    ('accepted', 'working waiting extension assigned received resolved rejected'),
    ('working', 'waiting extension assigned received resolved rejected'),
    ('extension', 'working waiting assigned received resolved rejected'),
    ('waiting', 'working assigned received resolved'),
    ('resolved', 'closed disputed working'),
    ('closed', 'disputed working'),
    ('rejected', 'disputed working'),
    ('disputed', 'working closed')
) AS passages (origin, targets);

CREATE OR REPLACE FUNCTION refuse_unlawful_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('incidents.reform', true) IS DISTINCT FROM 'on'
       AND NOT (
           coalesce(current_setting('incidents.merging', true), '') = 'on'
           AND (OLD.closed_at IS NULL AND NEW.state = 'merged' OR OLD.state = 'merged' AND NEW.closed_at IS NULL)
       )
       AND NOT EXISTS (
           SELECT FROM public.incidents_undoablestep step JOIN public.incidents_event line ON line.id = step.event_id
           WHERE step.incident_id = OLD.id AND step.was = NEW.state AND line.state = OLD.state
             AND step.undone_at IS NULL AND line.at > now() - interval '2 minutes'
       )
       AND NOT EXISTS (SELECT FROM public.incidents_passage WHERE origin = OLD.state AND target = NEW.state) THEN
        RAISE EXCEPTION 'an incident does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER states_follow_the_law BEFORE UPDATE OF state ON incidents_incident
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION refuse_unlawful_state();
