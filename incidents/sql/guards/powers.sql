-- Who may do everything, and posts that reach far (access.FAR_REACHING), are not made by the service alone: an injected statement could.

-- Whether this is the owner of the tables, as whom migrations and the commands of the operator run.
CREATE OR REPLACE FUNCTION is_owner() RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT pg_has_role(current_user, relowner, 'MEMBER') FROM pg_class WHERE oid = 'public.incidents_user'::regclass
$$;

-- Rights to everything are given by `manage.py createsuperuser` only.
CREATE OR REPLACE FUNCTION refuse_superuser() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF public.is_owner() OR TG_OP = 'UPDATE' AND OLD.is_superuser THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'who may do everything is made by the operator only' USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE OR REPLACE TRIGGER nobody_becomes_superuser BEFORE INSERT OR UPDATE OF is_superuser ON incidents_user
    FOR EACH ROW WHEN (NEW.is_superuser) EXECUTE FUNCTION refuse_superuser();

-- A powerful post begins by waiting for a second yes. A change of boundaries copies the posts that a person holds; what is
-- changed in one that holds may take its limits away only while it waits.
CREATE OR REPLACE FUNCTION refuse_post_without_yes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF public.is_owner() OR EXISTS (
        SELECT FROM public.incidents_membership held
        WHERE held.user_id = NEW.user_id AND held.role = NEW.role AND NOT held.waiting
          AND (held.ends IS NULL OR NEW.ends IS NOT NULL AND NEW.ends <= held.ends)
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a powerful post holds only after the yes of a second person' USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE OR REPLACE TRIGGER no_post_without_yes BEFORE INSERT OR UPDATE OF user_id, role ON incidents_membership
    FOR EACH ROW WHEN (NEW.role IN ('dispatcher', 'leader', 'supervisor', 'operator', 'control', 'privacy', 'admin') AND NOT NEW.waiting)
    EXECUTE FUNCTION refuse_post_without_yes();

-- A post that waits for a second yes begins to hold only when somebody has said it who administers people, did not ask for
-- it, and whose own it is not. The operator of the server, who is the owner of the tables, says it as nobody.
CREATE OR REPLACE FUNCTION refuse_to_confirm_alone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF public.is_owner() OR NEW.confirmed_by_id <> NEW.user_id
        AND NEW.confirmed_by_id IS DISTINCT FROM NEW.asked_by_id
        AND EXISTS (
            SELECT FROM public.incidents_user person
            WHERE person.id = NEW.confirmed_by_id AND person.is_active AND (person.is_superuser OR EXISTS (
                SELECT FROM public.incidents_membership own
                WHERE own.user_id = person.id AND own.role = 'admin' AND NOT own.waiting AND own.id <> NEW.id
            ))
        )
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a post that waits needs the yes of a second person' USING ERRCODE = 'check_violation';
END
$$;

CREATE OR REPLACE TRIGGER nobody_confirms_alone BEFORE UPDATE OF waiting ON incidents_membership
    FOR EACH ROW WHEN (OLD.waiting AND NOT NEW.waiting) EXECUTE FUNCTION refuse_to_confirm_alone();
