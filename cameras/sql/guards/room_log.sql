-- The control room's log is only added to: what was wrong is corrected by another line. Lines of more than a year ago
-- may be deleted once their shift was handed over and taken (cameras_handover).
CREATE OR REPLACE FUNCTION refuse_to_change_room_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.at < now() - interval '12 months'
            AND EXISTS (SELECT FROM public.cameras_handover WHERE taken_at IS NOT NULL AND given_at >= OLD.at)
        THEN
            RETURN OLD;
        END IF;
    END IF;
    -- The owner may store its words encrypted, or under another key (geoapp/crypto/rotation.py).
    IF TG_OP = 'UPDATE' AND current_setting('geoapp.crypto.sealing', true) = 'on' THEN
        IF OLD.text <> '' AND starts_with(NEW.text, chr(1)) AND to_jsonb(NEW) - 'text' = to_jsonb(OLD) - 'text' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the log of the control room is only ever added to' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE OR REPLACE TRIGGER room_log_is_append_only BEFORE UPDATE OR DELETE ON cameras_roomline
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_room_log();

CREATE OR REPLACE TRIGGER room_log_is_not_emptied BEFORE TRUNCATE ON cameras_roomline
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_room_log();
