-- The ledger of accounts is only added to.
CREATE OR REPLACE FUNCTION refuse_to_change_account_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger of accounts is only ever added to' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE OR REPLACE TRIGGER account_lines_are_append_only BEFORE UPDATE OR DELETE ON incidents_accountline
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_account_lines();

CREATE OR REPLACE TRIGGER account_lines_are_not_emptied BEFORE TRUNCATE ON incidents_accountline
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_account_lines();

-- A post that waits for a second yes begins to hold only when somebody has said it who did not ask for it, and whose own
-- it is not. The operator of the server says it as nobody, with the setting that `manage.py confirm_account` makes.
CREATE OR REPLACE FUNCTION refuse_to_confirm_alone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.confirmed_by_id IS NOT NULL
        AND NEW.confirmed_by_id <> NEW.user_id
        AND NEW.confirmed_by_id IS DISTINCT FROM NEW.asked_by_id
        OR current_setting('incidents.operator', true) = 'yes'
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a post that waits needs the yes of a second person' USING ERRCODE = 'check_violation';
END
$$;

CREATE OR REPLACE TRIGGER nobody_confirms_alone BEFORE UPDATE OF waiting ON incidents_membership
    FOR EACH ROW WHEN (OLD.waiting AND NOT NEW.waiting) EXECUTE FUNCTION refuse_to_confirm_alone();
