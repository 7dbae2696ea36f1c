-- A published head stays as it is. Its signature, its time stamp, and that it was mailed, are added once each.
CREATE OR REPLACE FUNCTION refuse_to_change_head() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    added_once CONSTANT text[] := '{signature,key,timestamp,stamped_at,mailed_at}';
    before CONSTANT jsonb := to_jsonb(OLD);
BEGIN
    IF TG_OP = 'UPDATE' AND before - added_once = to_jsonb(NEW) - added_once
        AND jsonb_strip_nulls(before) <@ to_jsonb(NEW) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a published head does not change' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE OR REPLACE TRIGGER heads_stay BEFORE UPDATE OR DELETE ON incidents_historyhead
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_head();
CREATE OR REPLACE TRIGGER heads_stay BEFORE UPDATE OR DELETE ON incidents_accountshead
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_head();
CREATE OR REPLACE TRIGGER heads_stay BEFORE UPDATE OR DELETE ON incidents_personaldataviewhead
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_head();
