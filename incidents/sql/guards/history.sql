-- The history of an incident is only added to. A note may be erased, with its salt, by erase_notes and nothing else; and
-- the owner may give the words and reasons of a line to an archive, and take them back (incidents/audit/archive.py), and
-- store a note encrypted, or under another key (geoapp/crypto/rotation.py): that it is the same note its seal says.
CREATE OR REPLACE FUNCTION refuse_to_change_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('incidents.erasure', true) = 'on' THEN
        IF NEW.note = '' AND NEW.salt IS NULL AND NEW.erased_at IS NOT NULL
           AND to_jsonb(NEW) - 'note' - 'salt' - 'erased_at' = to_jsonb(OLD) - 'note' - 'salt' - 'erased_at' THEN
            RETURN NEW;
        END IF;
    END IF;
    IF TG_OP = 'UPDATE' AND current_setting('incidents.archiving', true) = 'on' THEN
        IF (NEW.archive IS NULL) <> (OLD.archive IS NULL)
           AND to_jsonb(NEW) - '{note,salt,reasons,receipt,archive}'::text[]
               = to_jsonb(OLD) - '{note,salt,reasons,receipt,archive}'::text[] THEN
            RETURN NEW;
        END IF;
    END IF;
    IF TG_OP = 'UPDATE' AND current_setting('geoapp.crypto.sealing', true) = 'on' THEN
        IF OLD.note <> '' AND starts_with(NEW.note, chr(1)) AND to_jsonb(NEW) - 'note' = to_jsonb(OLD) - 'note' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the history of an incident is only ever added to' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE OR REPLACE TRIGGER history_is_append_only BEFORE UPDATE OR DELETE ON incidents_event
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_history();

CREATE OR REPLACE TRIGGER history_is_not_emptied BEFORE TRUNCATE ON incidents_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_history();

-- Erases the notes of these lines and writes into the history of each of these incidents that personal data were erased,
-- and of which lines (receipt): without such a line verify_ledger calls an erased note a fault. Returns the numbers of
-- the lines that it wrote. With the rights of the tables' owner; the service itself may not change a line.
CREATE OR REPLACE FUNCTION erase_notes(
    lines bigint[], concerned bigint[], person bigint, erased timestamptz, written timestamptz
) RETURNS SETOF bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM incidents_event WHERE id = ANY (lines) AND incident_id <> ALL (concerned)) THEN
        RAISE EXCEPTION 'a line is of none of these incidents' USING ERRCODE = 'restrict_violation';
    END IF;
    PERFORM pg_advisory_xact_lock(7300001);  -- Lock.HISTORY: lines become visible in the order of their numbers
    PERFORM set_config('incidents.erasure', 'on', true);
    RETURN QUERY
    WITH gone AS (
        UPDATE incidents_event SET note = '', salt = NULL, erased_at = erased
        WHERE id = ANY (lines) AND note <> ''
        RETURNING id, incident_id
    )
    INSERT INTO incidents_event (incident_id, kind, state, at, by_id, note, public, reasons, receipt)
    SELECT incident.id, 'erased', incident.state, written, person, '', false, '[]',
           (SELECT jsonb_build_object('lines', jsonb_agg(gone.id ORDER BY gone.id)) FROM gone
            WHERE gone.incident_id = incident.id HAVING count(*) > 0)
    FROM incidents_incident incident WHERE incident.id = ANY (concerned)
    ORDER BY incident.id
    RETURNING incidents_event.id;
    PERFORM set_config('incidents.erasure', 'off', true);
END
$$;
