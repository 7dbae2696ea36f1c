-- Tells the planner what a table of ours holds, all of it or these columns; only its owner may do so itself.
CREATE OR REPLACE FUNCTION analyze_table(given regclass, VARIADIC columns name[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_class
        WHERE oid = given AND relnamespace = 'public'::regnamespace AND relowner = current_user::regrole
    ) THEN
        RAISE EXCEPTION '% is no table of the service', given USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format('ANALYZE %s', given)
        || coalesce((SELECT format(' (%s)', string_agg(quote_ident(name), ', ')) FROM unnest(columns) AS name
                     HAVING count(*) > 0), '');
END
$$;
