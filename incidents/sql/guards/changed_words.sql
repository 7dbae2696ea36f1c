-- Which incidents have a text in what everybody may read of them is remembered by processes (incidents/aggregates/texts.py). These
-- learn what has changed since by the row of words: it is written anew, and says in which transaction, whenever what
-- `matching_in_public` reads changes, and where an incident comes among those of which they know something else.
CREATE OR REPLACE FUNCTION number_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_in := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER changed_words_are_numbered BEFORE UPDATE ON incidents_incidentwords
    FOR EACH ROW EXECUTE FUNCTION number_words();

CREATE OR REPLACE TRIGGER words_of_reopened_incidents
    AFTER UPDATE OF near, closed_at, received_at ON incidents_incident FOR EACH ROW
    WHEN (
        OLD.near <> NEW.near OR OLD.received_at <> NEW.received_at
        OR OLD.closed_at IS NOT NULL AND NEW.closed_at IS NULL
    )
    EXECUTE FUNCTION renew_words_of_incident();
