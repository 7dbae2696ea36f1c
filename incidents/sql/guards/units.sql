-- Units form a tree: none stands above itself.
CREATE OR REPLACE FUNCTION refuse_loop_of_units() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        WITH RECURSIVE above AS (
            SELECT id, parent_id FROM public.incidents_authority WHERE id = NEW.parent_id
            UNION SELECT unit.id, unit.parent_id FROM public.incidents_authority unit JOIN above ON unit.id = above.parent_id
        ) SELECT FROM above WHERE id = NEW.id
    ) THEN
        RAISE EXCEPTION 'a unit cannot stand above itself' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER units_form_a_tree BEFORE INSERT OR UPDATE OF parent_id ON incidents_authority
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION refuse_loop_of_units();
