-- An incident of a category that is never public is not public, whatever the code above does.
CREATE OR REPLACE FUNCTION refuse_to_publish() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM public.incidents_category WHERE id = NEW.category_id AND (restricted OR publish = 'never')
    ) THEN
        RAISE EXCEPTION 'incidents of this category are never public' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER what_is_never_public_is_not BEFORE INSERT OR UPDATE OF published, category_id ON incidents_incident
    FOR EACH ROW WHEN (NEW.published) EXECUTE FUNCTION refuse_to_publish();
