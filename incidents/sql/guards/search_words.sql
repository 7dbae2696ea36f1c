-- The words by which a desk finds an incident: its own (reference, address, public text), its field's names and what everybody
-- may read of all its reports in one row, so that one index finds what has several words. Written when words are; no step of an
-- incident does. Of a text that lies sealed nothing is left in it.

-- A text as gis_data.words.plain writes it, as the columns search_text have it.
CREATE OR REPLACE FUNCTION plain_words(words text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT regexp_replace(lower(regexp_replace(
        normalize(translate(coalesce(words, ''), 'Đđ', 'Dd'), NFD), '[\u0300-\u036f]', '', 'g'
    )), '[^\w/]+', ' ', 'g')
$$;

CREATE OR REPLACE FUNCTION add_words_of_incidents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.incidents_incidentwords (incident_id, text)
    SELECT added.id, added.search_text || ' ' || category.search_text
    FROM added JOIN public.incidents_category category ON category.id = added.category_id;
    RETURN NULL;
END
$$;

-- All words of these incidents anew; of one that has no row of words yet (of before this table) it is written.
CREATE OR REPLACE FUNCTION write_words(incidents bigint[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO public.incidents_incidentwords (incident_id, text)
    SELECT incident.id, incident.search_text || ' ' || category.search_text || coalesce((
        SELECT string_agg(' ' || said.words, '' ORDER BY report.id) FROM public.incidents_report report
        CROSS JOIN LATERAL public.plain_words(report.public_text) said (words)
        WHERE report.incident_id = incident.id AND position(btrim(said.words) IN incident.search_text) = 0
    ), '')
    FROM public.incidents_incident incident
    JOIN public.incidents_category category ON category.id = incident.category_id
    WHERE incident.id = ANY (incidents)
    ON CONFLICT (incident_id) DO UPDATE SET text = EXCLUDED.text
$$;

-- What reports say beyond the words that are there already: most say what stands in the incident.
CREATE OR REPLACE FUNCTION add_words_of_reports() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE public.incidents_incidentwords words SET text = words.text || more.text
    FROM (
        SELECT incident_id, string_agg(' ' || public.plain_words(public_text), '' ORDER BY id) AS text
        FROM added GROUP BY incident_id
    ) more
    WHERE words.incident_id = more.incident_id AND position(btrim(more.text) IN words.text) = 0;
    PERFORM public.write_words(ARRAY[incident_id]) FROM added
    WHERE NOT EXISTS (SELECT FROM public.incidents_incidentwords words WHERE words.incident_id = added.incident_id);
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION renew_words_of_incident() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM public.write_words(ARRAY[NEW.id]);
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION renew_words_of_report() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM public.write_words(ARRAY[OLD.incident_id, NEW.incident_id]);
    RETURN NULL;
END
$$;

-- Of an incident that goes as well nothing is written.
CREATE OR REPLACE FUNCTION take_words_of_report() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM public.write_words(ARRAY[incident_id]) FROM public.incidents_incidentwords WHERE incident_id = OLD.incident_id;
    RETURN NULL;
END
$$;

-- Seldom: a field of a large city has had a hundred thousand incidents, which take half a minute.
CREATE OR REPLACE FUNCTION renew_words_of_category() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM public.write_words(array_agg(id)) FROM public.incidents_incident WHERE category_id = NEW.id;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER words_of_new_incidents AFTER INSERT ON incidents_incident
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION add_words_of_incidents();
CREATE OR REPLACE TRIGGER words_of_changed_incidents
    AFTER UPDATE OF reference, address, text, category_id ON incidents_incident FOR EACH ROW
    WHEN ((NEW.search_text, NEW.category_id) IS DISTINCT FROM (OLD.search_text, OLD.category_id))
    EXECUTE FUNCTION renew_words_of_incident();
CREATE OR REPLACE TRIGGER words_of_new_reports AFTER INSERT ON incidents_report
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION add_words_of_reports();
CREATE OR REPLACE TRIGGER words_of_changed_reports AFTER UPDATE OF public_text, incident_id ON incidents_report FOR EACH ROW
    WHEN ((NEW.public_text, NEW.incident_id) IS DISTINCT FROM (OLD.public_text, OLD.incident_id))
    EXECUTE FUNCTION renew_words_of_report();
CREATE OR REPLACE TRIGGER words_of_gone_reports AFTER DELETE ON incidents_report
    FOR EACH ROW EXECUTE FUNCTION take_words_of_report();
CREATE OR REPLACE TRIGGER words_of_renamed_categories AFTER UPDATE OF name, name_en ON incidents_category FOR EACH ROW
    WHEN (NEW.search_text IS DISTINCT FROM OLD.search_text) EXECUTE FUNCTION renew_words_of_category();
