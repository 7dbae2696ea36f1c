-- What was kept says for ever what it said; it is sealed once, let go of by hand once, and checked again and again.
CREATE OR REPLACE FUNCTION refuse_to_change_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    free text[] := '{seal_id,leaf,proof,frame_seal_id,frame_leaf,frame_proof,unpinned_at,unpinned_by_id,checked_at,fault}';
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'evidence is not deleted: it gets a tombstone' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (to_jsonb(OLD) - free) <> (to_jsonb(NEW) - free)
        OR (OLD.seal_id IS NOT NULL AND (OLD.seal_id, OLD.leaf, OLD.proof) IS DISTINCT FROM (NEW.seal_id, NEW.leaf, NEW.proof))
        OR (OLD.frame_seal_id IS NOT NULL AND (OLD.frame_seal_id, OLD.frame_leaf, OLD.frame_proof)
            IS DISTINCT FROM (NEW.frame_seal_id, NEW.frame_leaf, NEW.frame_proof))
        OR (OLD.unpinned_at IS NOT NULL AND (OLD.unpinned_at, OLD.unpinned_by_id)
            IS DISTINCT FROM (NEW.unpinned_at, NEW.unpinned_by_id))
    THEN
        RAISE EXCEPTION 'evidence does not change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER evidence_does_not_change BEFORE UPDATE OR DELETE ON cameras_evidence
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_evidence();
