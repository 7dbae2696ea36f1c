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
