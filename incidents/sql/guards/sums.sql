-- The planner learns here how incidents are spread over the map; of the indexes that hold spots it does not.
CREATE STATISTICS IF NOT EXISTS spots_of_incidents ON map_spot(place) FROM incidents_incident;

-- What stands in an index is read there alone where all of a page is old and vacuumed: sooner than after a fifth of the rows.
ALTER TABLE incidents_incident SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);

-- What an incident that has ended was, and is, goes to the sums. One that is open costs nothing here, and one that was merged
-- into another counts nothing.
CREATE OR REPLACE FUNCTION note_for_sums() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.closed_at IS NOT NULL AND OLD.state <> 'merged' THEN
        INSERT INTO public.incidents_sumchange (n, spot, lon, lat, area_id, category_id, state, published, received_at)
        VALUES (-1, public.map_spot(OLD.place), round(public.ST_X(OLD.place) * 1e7), round(public.ST_Y(OLD.place) * 1e7),
                OLD.area_id, OLD.category_id, OLD.state, OLD.published, OLD.received_at);
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.closed_at IS NOT NULL AND NEW.state <> 'merged' THEN
        INSERT INTO public.incidents_sumchange (n, spot, lon, lat, area_id, category_id, state, published, received_at)
        VALUES (1, public.map_spot(NEW.place), round(public.ST_X(NEW.place) * 1e7), round(public.ST_Y(NEW.place) * 1e7),
                NEW.area_id, NEW.category_id, NEW.state, NEW.published, NEW.received_at);
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER ended_ones_are_added AFTER INSERT ON incidents_incident
    FOR EACH ROW WHEN (NEW.closed_at IS NOT NULL) EXECUTE FUNCTION note_for_sums();
-- Places by their numbers: what compares two geometries is found by a search path, which pg_dump restores without.
CREATE OR REPLACE TRIGGER ended_ones_are_changed AFTER UPDATE ON incidents_incident
    FOR EACH ROW WHEN (
        (OLD.closed_at IS NOT NULL OR NEW.closed_at IS NOT NULL)
        AND (public.ST_X(OLD.place), public.ST_Y(OLD.place), OLD.area_id, OLD.authority_id, OLD.category_id, OLD.state,
             OLD.published, OLD.received_at, OLD.due_at, OLD.closed_at)
            IS DISTINCT FROM
            (public.ST_X(NEW.place), public.ST_Y(NEW.place), NEW.area_id, NEW.authority_id, NEW.category_id, NEW.state,
             NEW.published, NEW.received_at, NEW.due_at, NEW.closed_at)
    ) EXECUTE FUNCTION note_for_sums();
CREATE OR REPLACE TRIGGER ended_ones_are_taken_out AFTER DELETE ON incidents_incident
    FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION note_for_sums();

-- Whether everybody may see a photo of it is packed, too. The sums stay what they are: such a note counts nothing.
CREATE OR REPLACE FUNCTION note_photo_for_sums() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.incidents_sumchange (n, spot, lon, lat, area_id, category_id, state, published, received_at)
    SELECT 0, public.map_spot(place), round(public.ST_X(place) * 1e7), round(public.ST_Y(place) * 1e7),
           area_id, category_id, state, published, received_at
    FROM public.incidents_incident
    WHERE id IN (OLD.incident_id, NEW.incident_id) AND closed_at IS NOT NULL AND state <> 'merged';
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER photos_of_ended_ones_are_noted AFTER INSERT OR DELETE ON incidents_photo
    FOR EACH ROW EXECUTE FUNCTION note_photo_for_sums();
CREATE OR REPLACE TRIGGER changed_photos_of_ended_ones_are_noted AFTER UPDATE ON incidents_photo
    FOR EACH ROW WHEN (
        (OLD.incident_id, OLD.public, OLD.masking, OLD.event_id)
        IS DISTINCT FROM (NEW.incident_id, NEW.public, NEW.masking, NEW.event_id)
    ) EXECUTE FUNCTION note_photo_for_sums();
