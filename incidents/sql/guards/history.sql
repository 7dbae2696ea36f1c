-- The history of an incident is only added to. A note may be erased, with its salt: who does so says it by
-- SET LOCAL incidents.erasure = 'on'.
CREATE OR REPLACE FUNCTION refuse_to_change_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('incidents.erasure', true) = 'on' THEN
        IF NEW.note = '' AND NEW.salt IS NULL AND NEW.erased_at IS NOT NULL
           AND to_jsonb(NEW) - 'note' - 'salt' - 'erased_at' = to_jsonb(OLD) - 'note' - 'salt' - 'erased_at' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the history of an incident is only ever added to' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE OR REPLACE TRIGGER history_is_append_only BEFORE UPDATE OR DELETE ON incidents_event
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_history();

CREATE OR REPLACE TRIGGER history_is_not_emptied BEFORE TRUNCATE ON incidents_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_history();
