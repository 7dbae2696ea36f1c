-- The register of who looked at personal data is only added to. Lines of more than a year ago may be deleted once a
-- later line's digest was published (incidents_personaldataviewhead).
CREATE OR REPLACE FUNCTION refuse_to_change_personal_views() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.at < now() - interval '12 months'
            AND OLD.id <= (SELECT line FROM public.incidents_personaldataviewhead ORDER BY day DESC LIMIT 1)
        THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'the register of personal data is only ever added to' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE OR REPLACE TRIGGER personal_views_are_append_only BEFORE UPDATE OR DELETE ON incidents_personaldataview
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_personal_views();

CREATE OR REPLACE TRIGGER personal_views_are_not_emptied BEFORE TRUNCATE ON incidents_personaldataview
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_personal_views();
