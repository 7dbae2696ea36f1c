-- That a camera gave no picture of a moment is said once, and stays.
CREATE OR REPLACE FUNCTION refuse_to_change_no_picture() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'that there was no picture is only ever added' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE OR REPLACE TRIGGER no_picture_stays BEFORE UPDATE OR DELETE ON cameras_nopicture
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_no_picture();
