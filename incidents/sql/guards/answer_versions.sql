-- A version is published by somebody who did not write in it, and one made of a question only while its sender agrees.
-- What waits for a second person stays as it was handed in.
CREATE OR REPLACE FUNCTION check_answer_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state <> 'draft' AND NEW.state <> 'dropped' AND NEW.content IS DISTINCT FROM OLD.content THEN
        RAISE EXCEPTION 'only drafts are changed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state = 'published' AND (TG_OP = 'INSERT' OR OLD.state <> 'published') THEN
        IF EXISTS (
            SELECT FROM incidents_answerline
            WHERE version_id = NEW.id AND by_id = NEW.decided_by_id AND kind IN ('drafted', 'changed')
        ) THEN
            RAISE EXCEPTION 'who wrote in a version does not publish it' USING ERRCODE = 'restrict_violation';
        END IF;
        IF NEW.enquiry_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM incidents_enquiry
            WHERE id = NEW.enquiry_id AND kind = 'question' AND public_agreed_at IS NOT NULL
        ) THEN
            RAISE EXCEPTION 'its sender has not agreed' USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER answer_versions_are_checked BEFORE INSERT OR UPDATE ON incidents_answerversion
    FOR EACH ROW EXECUTE FUNCTION check_answer_version();

CREATE OR REPLACE FUNCTION refuse_to_change_answer_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of pages is only ever added to' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE OR REPLACE TRIGGER answer_lines_are_append_only BEFORE UPDATE OR DELETE ON incidents_answerline
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_answer_lines();
CREATE OR REPLACE TRIGGER answer_lines_are_not_emptied BEFORE TRUNCATE ON incidents_answerline
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_answer_lines();
