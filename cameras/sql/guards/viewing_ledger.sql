-- The viewing ledger is only added to. Lines of more than a year ago may be deleted once a later line's digest was
-- published (cameras_viewloghead).
CREATE OR REPLACE FUNCTION refuse_to_change_view_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.at < now() - interval '12 months'
            AND OLD.id <= (SELECT line FROM public.cameras_viewloghead ORDER BY day DESC LIMIT 1)
        THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'the viewing ledger is only ever added to' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE OR REPLACE TRIGGER view_log_is_append_only BEFORE UPDATE OR DELETE ON cameras_viewlogentry
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_view_log();

CREATE OR REPLACE TRIGGER view_log_is_not_emptied BEFORE TRUNCATE ON cameras_viewlogentry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_view_log();
