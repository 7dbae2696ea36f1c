-- Seals are only added to. A tombstone is sealed once, and nothing else of it changes.
CREATE OR REPLACE FUNCTION refuse_to_change_seals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'seals and tombstones are only ever added to' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE OR REPLACE TRIGGER seals_are_append_only BEFORE UPDATE OR DELETE ON cameras_seal
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_seals();

CREATE OR REPLACE TRIGGER seals_are_not_emptied BEFORE TRUNCATE ON cameras_seal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_seals();

CREATE OR REPLACE FUNCTION refuse_to_change_tombstones() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.seal_id IS NOT NULL
        OR (OLD.id, OLD.evidence_id, OLD.sha256, OLD.why, OLD.at)
            IS DISTINCT FROM (NEW.id, NEW.evidence_id, NEW.sha256, NEW.why, NEW.at)
    THEN
        RAISE EXCEPTION 'seals and tombstones are only ever added to' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER tombstones_stay BEFORE UPDATE OR DELETE ON cameras_tombstone
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_tombstones();
