-- Whether everybody may see a photo of an incident, as Photo.SHOWN has it, stands with the incident: has_shown_photo. It is
-- written when the first such photo comes or the last goes. Nobody else can say what it is.
CREATE OR REPLACE FUNCTION has_shown_photo(incident bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM public.incidents_photo photo
        WHERE photo.incident_id = incident AND photo.public AND photo.masking = 'done' AND (
            photo.event_id IS NULL OR (SELECT public FROM public.incidents_event WHERE id = photo.event_id)
        )
    )
$$;

CREATE OR REPLACE FUNCTION set_has_shown_photo() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.has_shown_photo := public.has_shown_photo(NEW.id);
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER shown_photos_of_new_ones BEFORE INSERT ON incidents_incident
    FOR EACH ROW WHEN (NEW.has_shown_photo) EXECUTE FUNCTION set_has_shown_photo();
CREATE OR REPLACE TRIGGER shown_photos_are_those_that_are_there BEFORE UPDATE OF has_shown_photo ON incidents_incident
    FOR EACH ROW WHEN (OLD.has_shown_photo <> NEW.has_shown_photo) EXECUTE FUNCTION set_has_shown_photo();

-- The incidents are locked first: of two that change photos of one, the second sees what the first has done.
CREATE OR REPLACE FUNCTION renew_shown_photos(incidents bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM public.incidents_incident WHERE id = ANY (incidents) ORDER BY id FOR NO KEY UPDATE;
    UPDATE public.incidents_incident SET has_shown_photo = NOT has_shown_photo
    WHERE id = ANY (incidents) AND has_shown_photo <> public.has_shown_photo(id);
END
$$;

CREATE OR REPLACE FUNCTION note_shown_photo() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM public.renew_shown_photos(ARRAY[OLD.incident_id, NEW.incident_id]);
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER shown_photos_are_new AFTER INSERT ON incidents_photo
    FOR EACH ROW WHEN (NEW.public AND NEW.masking = 'done') EXECUTE FUNCTION note_shown_photo();
CREATE OR REPLACE TRIGGER shown_photos_go AFTER DELETE ON incidents_photo
    FOR EACH ROW WHEN (OLD.public AND OLD.masking = 'done') EXECUTE FUNCTION note_shown_photo();
CREATE OR REPLACE TRIGGER shown_photos_change AFTER UPDATE ON incidents_photo
    FOR EACH ROW WHEN (
        (OLD.incident_id, OLD.public AND OLD.masking = 'done', OLD.event_id)
        IS DISTINCT FROM (NEW.incident_id, NEW.public AND NEW.masking = 'done', NEW.event_id)
    ) EXECUTE FUNCTION note_shown_photo();
