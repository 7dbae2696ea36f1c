-- What an incident that has ended was, and is, goes to the sums of units, too. One that is open costs nothing here, and
-- one that was merged into another counts nothing. The
-- notes are not those of the map (sums.sql), which processes of an older edition fold while a city is updated.
CREATE OR REPLACE FUNCTION note_for_units() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.closed_at IS NOT NULL AND OLD.state <> 'merged' THEN
        INSERT INTO public.incidents_unitchange
            (n, authority_id, category_id, state, received_at, due_at, first_due_at, closed_at)
        VALUES (-1, OLD.authority_id, OLD.category_id, OLD.state, OLD.received_at, OLD.due_at, OLD.first_due_at,
                OLD.closed_at);
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.closed_at IS NOT NULL AND NEW.state <> 'merged' THEN
        INSERT INTO public.incidents_unitchange
            (n, authority_id, category_id, state, received_at, due_at, first_due_at, closed_at)
        VALUES (1, NEW.authority_id, NEW.category_id, NEW.state, NEW.received_at, NEW.due_at, NEW.first_due_at,
                NEW.closed_at);
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER ended_ones_are_added_to_units AFTER INSERT ON incidents_incident
    FOR EACH ROW WHEN (NEW.closed_at IS NOT NULL) EXECUTE FUNCTION note_for_units();
CREATE OR REPLACE TRIGGER ended_ones_are_changed_in_units AFTER UPDATE ON incidents_incident
    FOR EACH ROW WHEN (
        (OLD.closed_at IS NOT NULL OR NEW.closed_at IS NOT NULL)
        AND (OLD.authority_id, OLD.category_id, OLD.state, OLD.received_at, OLD.due_at, OLD.first_due_at, OLD.closed_at)
            IS DISTINCT FROM
            (NEW.authority_id, NEW.category_id, NEW.state, NEW.received_at, NEW.due_at, NEW.first_due_at, NEW.closed_at)
    ) EXECUTE FUNCTION note_for_units();
CREATE OR REPLACE TRIGGER ended_ones_are_taken_from_units AFTER DELETE ON incidents_incident
    FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION note_for_units();

-- A rating counts for the unit and the field that its incident has now. The incident's row is held, so that it does not
-- pass to another unit meanwhile, unseen by the other trigger.
CREATE OR REPLACE FUNCTION note_rating_for_sums() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO public.incidents_ratingchange (n, at, stars, authority_id, category_id)
        SELECT -1, OLD.at, OLD.stars, incident.authority_id, incident.category_id
        FROM public.incidents_report report JOIN public.incidents_incident incident ON incident.id = report.incident_id
        WHERE report.id = OLD.report_id
        FOR SHARE OF incident;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO public.incidents_ratingchange (n, at, stars, authority_id, category_id)
        SELECT 1, NEW.at, NEW.stars, incident.authority_id, incident.category_id
        FROM public.incidents_report report JOIN public.incidents_incident incident ON incident.id = report.incident_id
        WHERE report.id = NEW.report_id
        FOR SHARE OF incident;
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER ratings_are_added AFTER INSERT OR DELETE ON incidents_rating
    FOR EACH ROW EXECUTE FUNCTION note_rating_for_sums();
CREATE OR REPLACE TRIGGER ratings_are_changed AFTER UPDATE ON incidents_rating
    FOR EACH ROW WHEN ((OLD.at, OLD.stars, OLD.report_id) IS DISTINCT FROM (NEW.at, NEW.stars, NEW.report_id))
    EXECUTE FUNCTION note_rating_for_sums();

-- What was accepted counts for the unit and the field that its incident has now: its day is packed anew.
CREATE OR REPLACE FUNCTION note_acceptance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.incidents_acceptedchange (at) VALUES (NEW.at);
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER acceptances_are_noted AFTER INSERT ON incidents_event
    FOR EACH ROW WHEN (NEW.kind = 'accepted') EXECUTE FUNCTION note_acceptance();

CREATE OR REPLACE FUNCTION move_in_unit_sums() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.incidents_ratingchange (n, at, stars, authority_id, category_id)
    SELECT side.n, rating.at, rating.stars, side.authority_id, side.category_id
    FROM public.incidents_report report
    JOIN public.incidents_rating rating ON rating.report_id = report.id
    CROSS JOIN (
        VALUES (-1, OLD.authority_id, OLD.category_id), (1, NEW.authority_id, NEW.category_id)
    ) side (n, authority_id, category_id)
    WHERE report.incident_id = NEW.id;
    INSERT INTO public.incidents_acceptedchange (at)
    SELECT line.at FROM public.incidents_event line WHERE line.incident_id = NEW.id AND line.kind = 'accepted';
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER unit_sums_move_with_incidents AFTER UPDATE ON incidents_incident
    FOR EACH ROW WHEN (
        (OLD.authority_id, OLD.category_id, OLD.received_at)
        IS DISTINCT FROM (NEW.authority_id, NEW.category_id, NEW.received_at)
    ) EXECUTE FUNCTION move_in_unit_sums();

-- The ratings of a report that goes to another incident count there.
CREATE OR REPLACE FUNCTION note_ratings_of_moved_report() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.incidents_ratingchange (n, at, stars, authority_id, category_id)
    SELECT side.n, rating.at, rating.stars, incident.authority_id, incident.category_id
    FROM public.incidents_rating rating
    CROSS JOIN (VALUES (-1, OLD.incident_id), (1, NEW.incident_id)) AS side (n, incident)
    JOIN public.incidents_incident incident ON incident.id = side.incident
    WHERE rating.report_id = NEW.id;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER ratings_go_with_their_reports AFTER UPDATE OF incident_id ON incidents_report
    FOR EACH ROW WHEN (OLD.incident_id <> NEW.incident_id) EXECUTE FUNCTION note_ratings_of_moved_report();
