-- The index of the ring (cameras.models.Frame), partitioned by day (UTC), so that a day is forgotten at once.
CREATE TABLE IF NOT EXISTS cameras_frame (
    camera_id bigint NOT NULL REFERENCES cameras_camera ON DELETE CASCADE,
    taken_at timestamptz NOT NULL,
    sha256 varchar(64) NOT NULL,
    pack varchar(80) NOT NULL,
    "offset" bigint NOT NULL CHECK ("offset" >= 0),
    length integer NOT NULL CHECK (length > 0),
    kind varchar(4) NOT NULL,
    width smallint NOT NULL,
    height smallint NOT NULL,
    health varchar(12) NOT NULL,
    received jsonb NOT NULL,
    seal bigint,
    PRIMARY KEY (camera_id, taken_at)
) PARTITION BY RANGE (taken_at);
CREATE TABLE IF NOT EXISTS cameras_frame_other PARTITION OF cameras_frame DEFAULT;
-- Finds the frames that are not sealed yet, and those of one seal.
CREATE INDEX IF NOT EXISTS cameras_frame_seal ON cameras_frame (seal);

-- Makes the partition of one day (UTC), unless it is there. Several may ask at once. Rows of that day that came before
-- it, into the partition for all other days, move over. With the rights of the tables' owner.
CREATE OR REPLACE FUNCTION cameras_frame_day(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    name text := 'cameras_frame_' || to_char(day, 'YYYYMMDD');
    first text := day || ' 00:00Z';
    last text := (day + 1) || ' 00:00Z';
BEGIN
    IF to_regclass('public.' || name) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('cameras_frame'));
    IF to_regclass('public.' || name) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE public.%I (LIKE cameras_frame INCLUDING ALL)', name);
    EXECUTE format('WITH moved AS (DELETE FROM cameras_frame_other WHERE taken_at >= %L AND taken_at < %L RETURNING *)'
        ' INSERT INTO public.%I SELECT * FROM moved', first, last, name);
    EXECUTE format('ALTER TABLE cameras_frame ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)', name, first, last);
END
$$;

-- Drops the partition of one day (UTC) that is over, with the rights of the tables' owner.
CREATE OR REPLACE FUNCTION cameras_frame_forget(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF day + 1 > now() AT TIME ZONE 'UTC' THEN
        RAISE EXCEPTION 'the day % is not over', day USING ERRCODE = 'restrict_violation';
    END IF;
    EXECUTE format('DROP TABLE public.%I', 'cameras_frame_' || to_char(day, 'YYYYMMDD'));
END
$$;
