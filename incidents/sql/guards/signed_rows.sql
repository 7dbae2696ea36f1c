-- Rows that give power are written by the application's own doors only: of each the service shows a signature, made for this
-- transaction with a key that no statement of the service can read (incidents/accounts/signed_rows.py; docs/adr/0068).

-- The arguments are the columns that are signed. Who asked and who confirmed may be emptied of what holds: a person is deleted.
CREATE OR REPLACE FUNCTION refuse_unsigned_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    before jsonb := CASE TG_OP WHEN 'UPDATE' THEN to_jsonb(OLD) END;
    after jsonb := to_jsonb(NEW);
    message text;
BEGIN
    IF TG_OP = 'UPDATE' AND NOT EXISTS (
        SELECT FROM unnest(TG_ARGV || '{id}') name WHERE before ->> name IS DISTINCT FROM after ->> name
            AND (name NOT IN ('asked_by_id', 'confirmed_by_id') OR after ->> name IS NOT NULL OR after -> 'waiting' IS DISTINCT FROM 'false')
    ) THEN
        RETURN NEW;
    END IF;
    message := concat_ws('|', pg_current_xact_id(), TG_TABLE_NAME, CASE TG_OP WHEN 'UPDATE' THEN after ->> 'id' ELSE '' END) || '|' || (
        SELECT string_agg(coalesce(after ->> name, ''), '|' ORDER BY place) FROM unnest(TG_ARGV) WITH ORDINALITY signed (name, place)
    );
    IF EXISTS (  -- HMAC-SHA256
        SELECT FROM incidents_signingkey WHERE position(
            encode(sha256(outer_pad || sha256(inner_pad || convert_to(message, 'UTF8'))), 'hex')
            IN current_setting('incidents.signatures', true)
        ) > 0
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a row of % is written by the service only with its signature', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE OR REPLACE TRIGGER posts_are_signed BEFORE INSERT OR UPDATE ON incidents_membership
    FOR EACH ROW WHEN (NOT is_owner()) EXECUTE FUNCTION refuse_unsigned_row(
        'user_id', 'authority_id', 'role', 'area_id', 'category_id', 'starts', 'ends', 'waiting', 'asked_by_id', 'confirmed_by_id',
        'group'
    );

-- Who stands in for somebody holds all that one's posts.
CREATE OR REPLACE TRIGGER absences_are_signed BEFORE INSERT OR UPDATE ON incidents_absence
    FOR EACH ROW WHEN (NOT is_owner()) EXECUTE FUNCTION refuse_unsigned_row('user_id', 'deputy_id', 'starts', 'ends');

-- By these whoever signs in is given posts.
CREATE OR REPLACE TRIGGER group_posts_are_signed BEFORE INSERT OR UPDATE ON incidents_grouppost
    FOR EACH ROW WHEN (NOT is_owner())
    EXECUTE FUNCTION refuse_unsigned_row('authority_id', 'role', 'area_id', 'category_id', 'asked_by_id', 'group');
