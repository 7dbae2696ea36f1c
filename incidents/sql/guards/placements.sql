-- Where an incident lies in other editions is found anew once its place has changed: by the statement that asks, by the job
-- that places open incidents, or by the change of boundaries.
CREATE OR REPLACE FUNCTION delete_placements() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM public.incidents_placement WHERE incident_id = NEW.id;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER placements_follow_the_place AFTER UPDATE OF place ON incidents_incident
    FOR EACH ROW WHEN (ST_X(OLD.place) <> ST_X(NEW.place) OR ST_Y(OLD.place) <> ST_Y(NEW.place))
    EXECUTE FUNCTION delete_placements();
