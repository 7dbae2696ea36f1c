"""Test the database roles: what injected SQL can do to history, guards and server."""

import copy
import re
from types import SimpleNamespace

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from psycopg.errors import InsufficientPrivilege, ReadOnlySqlTransaction

from cameras import ring
from geoapp.db import connections as database
from geoapp.db import locks
from geoapp.roles import grants
from gis_data.services import open_data
from incidents import access, sql
from incidents.accounts import posts, signed_rows
from incidents.map import public_map
from incidents.map.public_map import MapFilters
from incidents.models import Event, GroupPost, Incident, Membership, User
from incidents.people import offboarding
from tests import factories, owner

pytestmark = pytest.mark.skipif(not settings.DATABASE_OWNER, reason="DATABASE_OWNER_URL says who owns the tables")

DENIED = "permission denied for"
OWN = "must be owner of"
# Tables of which the service may not do all of reading, writing, changing and deleting rows; of all others it may.
RIGHTS = {
    "cameras_evidence": "SELECT INSERT UPDATE",
    "cameras_nopicture": "SELECT INSERT",
    "cameras_repairpromise": "SELECT INSERT DELETE",
    "cameras_roomline": "SELECT INSERT DELETE",
    "cameras_seal": "SELECT INSERT",
    "cameras_sealhead": "SELECT INSERT",
    "cameras_tombstone": "SELECT INSERT UPDATE",
    "cameras_viewlogentry": "SELECT INSERT DELETE",
    "cameras_viewloghead": "SELECT INSERT",
    "django_migrations": "SELECT",
    "incidents_accountline": "SELECT INSERT",
    "incidents_accountshead": "SELECT INSERT",
    "incidents_announcement": "SELECT INSERT",
    "incidents_announcementpicture": "SELECT INSERT",
    "incidents_announcementline": "SELECT INSERT",
    "incidents_answerline": "SELECT INSERT",
    "incidents_answerversion": "SELECT INSERT UPDATE",
    "incidents_campaignversion": "SELECT INSERT UPDATE",
    "incidents_edit": "SELECT UPDATE",
    "incidents_emergency": "SELECT INSERT UPDATE",
    "incidents_emergencybulletin": "SELECT INSERT",
    "incidents_emergencyline": "SELECT INSERT",
    "incidents_enquiry": "SELECT INSERT UPDATE",
    "incidents_enquiryline": "SELECT INSERT",
    "incidents_event": "SELECT INSERT",
    "incidents_eventseal": "SELECT INSERT",
    "incidents_heldreport": "SELECT INSERT UPDATE",
    "incidents_historyarchive": "SELECT",
    "incidents_historyhead": "SELECT INSERT",
    "incidents_idea": "SELECT INSERT UPDATE",
    "incidents_idealine": "SELECT INSERT",
    "incidents_incident": "SELECT INSERT UPDATE",
    "incidents_passage": "SELECT",
    "incidents_personaldataview": "SELECT INSERT DELETE",
    "incidents_personaldataviewhead": "SELECT INSERT",
    "incidents_report": "SELECT INSERT UPDATE",
}
INJECTED = [  # what somebody would have the service say, and what PostgreSQL answers
    ("UPDATE incidents_event SET note = ''", f"{DENIED} table incidents_event"),
    ("UPDATE incidents_event SET note = '', salt = NULL, erased_at = now()", f"{DENIED} table incidents_event"),
    ("DELETE FROM incidents_event", f"{DENIED} table incidents_event"),
    ("WITH gone AS (DELETE FROM incidents_event RETURNING id) SELECT * FROM gone", f"{DENIED} table incidents_event"),
    ("INSERT INTO incidents_event (id, incident_id, kind, state, at, note, public, reasons) VALUES"
     " (1, 1, 'note', 'closed', now(), '', true, '[]') ON CONFLICT (id) DO UPDATE SET note = ''",
     f"{DENIED} table incidents_event"),
    ("SELECT * FROM incidents_event FOR UPDATE", f"{DENIED} table incidents_event"),
    ("LOCK TABLE incidents_event IN ACCESS EXCLUSIVE MODE", f"{DENIED} table incidents_event"),
    ("UPDATE incidents_eventseal SET digest = ''", f"{DENIED} table incidents_eventseal"),
    ("DELETE FROM incidents_report", f"{DENIED} table incidents_report"),
    ("DELETE FROM incidents_incident", f"{DENIED} table incidents_incident"),
    ("DELETE FROM incidents_enquiry", f"{DENIED} table incidents_enquiry"),
    ("DELETE FROM incidents_heldreport", f"{DENIED} table incidents_heldreport"),
    ("DELETE FROM incidents_eventseal", f"{DENIED} table incidents_eventseal"),
    ("UPDATE incidents_historyhead SET digest = ''", f"{DENIED} table incidents_historyhead"),
    ("DELETE FROM incidents_historyhead", f"{DENIED} table incidents_historyhead"),
    ("UPDATE incidents_accountline SET by = ''", f"{DENIED} table incidents_accountline"),
    ("DELETE FROM incidents_accountline", f"{DENIED} table incidents_accountline"),
    ("UPDATE incidents_accountshead SET digest = ''", f"{DENIED} table incidents_accountshead"),
    ("UPDATE incidents_personaldataview SET by_id = 1", f"{DENIED} table incidents_personaldataview"),
    ("DELETE FROM incidents_personaldataviewhead", f"{DENIED} table incidents_personaldataviewhead"),
    ("TRUNCATE incidents_limitbucket", f"{DENIED} table incidents_limitbucket"),
    ("UPDATE cameras_viewlogentry SET by_id = 1", f"{DENIED} table cameras_viewlogentry"),
    ("DELETE FROM cameras_viewloghead", f"{DENIED} table cameras_viewloghead"),
    ("UPDATE cameras_seal SET leaves = 0", f"{DENIED} table cameras_seal"),
    ("DELETE FROM cameras_evidence", f"{DENIED} table cameras_evidence"),
    ("DELETE FROM cameras_tombstone", f"{DENIED} table cameras_tombstone"),
    ("DELETE FROM cameras_nopicture", f"{DENIED} table cameras_nopicture"),
    ("INSERT INTO incidents_passage VALUES ('closed', 'received')", f"{DENIED} table incidents_passage"),
    ("DELETE FROM django_migrations", f"{DENIED} table django_migrations"),
    ("TRUNCATE incidents_event CASCADE", f"{DENIED} table incidents_event"),
    ("TRUNCATE incidents_report", f"{DENIED} table incidents_report"),
    ("ALTER TABLE incidents_event DISABLE TRIGGER ALL", f"{OWN} table incidents_event"),
    ("ALTER TABLE incidents_event DISABLE TRIGGER history_is_append_only", f"{OWN} table incidents_event"),
    ("ALTER TABLE incidents_event DROP COLUMN note", f"{OWN} table incidents_event"),
    ("ALTER TABLE incidents_event OWNER TO CURRENT_USER", f"{OWN} table incidents_event"),
    ("DROP TRIGGER history_is_append_only ON incidents_event", f"{OWN} relation incidents_event"),
    ("DROP TABLE incidents_event CASCADE", f"{OWN} table incidents_event"),
    ("DROP FUNCTION refuse_to_change_history() CASCADE", f"{OWN} function refuse_to_change_history"),
    ("DROP SCHEMA public CASCADE", f"{OWN} schema public"),
    ("DROP EXTENSION postgis CASCADE", f"{OWN} extension postgis"),
    ("ALTER FUNCTION erase_notes SECURITY INVOKER", f"{OWN} function erase_notes"),
    ("CREATE OR REPLACE FUNCTION refuse_to_change_history() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
     f"{DENIED} schema public"),
    ("CREATE FUNCTION public.evil() RETURNS int LANGUAGE sql AS 'SELECT 1'", f"{DENIED} schema public"),
    ("CREATE FUNCTION pg_temp.evil() RETURNS int LANGUAGE internal AS 'pg_backend_pid'", f"{DENIED} language internal"),
    ("CREATE FUNCTION pg_temp.evil() RETURNS int LANGUAGE sql AS 'SELECT 1'", f"{DENIED} language sql"),
    ("CREATE FUNCTION pg_temp.evil() RETURNS void LANGUAGE plpgsql AS 'BEGIN END'", f"{DENIED} language plpgsql"),
    ("DO 'BEGIN END'", f"{DENIED} language plpgsql"),
    ("CREATE TABLE public.evil (number integer)", f"{DENIED} schema public"),
    ("CREATE VIEW public.evil AS SELECT 1", f"{DENIED} schema public"),
    ("CREATE TRIGGER evil BEFORE INSERT ON incidents_event EXECUTE FUNCTION mark_edit()",
     f"{DENIED} table incidents_event"),
    ("CREATE RULE evil AS ON INSERT TO incidents_event DO INSTEAD NOTHING", f"{OWN} (table|relation) incidents_event"),
    ("CREATE SCHEMA evil", f"{DENIED} database"),
    ("CREATE EXTENSION file_fdw", 'permission denied to create extension "file_fdw"'),
    ("SET session_replication_role = replica", 'permission denied to set parameter "session_replication_role"'),
    ("SELECT set_config('session_replication_role', 'replica', false)",
     'permission denied to set parameter "session_replication_role"'),
    ("SET ROLE {owner}", 'permission denied to set role "{owner}"'),
    ("SELECT set_config('role', '{owner}', false)", 'permission denied to set role "{owner}"'),
    ("SET SESSION AUTHORIZATION {owner}", 'permission denied to set session authorization "{owner}"'),
    ("GRANT {owner} TO CURRENT_USER", "permission denied to grant role|must have admin option on role"),
    ("ALTER ROLE CURRENT_USER SUPERUSER", "permission denied to alter role|must be superuser"),
    ("CREATE ROLE evil", "permission denied to create role"),
    ("ALTER ROLE {owner} SET search_path = evil", "permission denied to alter role|must be superuser"),
    ("ALTER DATABASE {database} SET search_path = evil", f"{OWN} database"),
    ("ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT ALL ON TABLES TO CURRENT_USER",
     "permission denied to change default privileges|must be member of role"),
    ("COPY incidents_report TO PROGRAM 'cat'", "permission denied to COPY to or from an external program"),
    ("COPY incidents_report TO '/tmp/reports'", "permission denied to COPY to a file"),
    ("SELECT pg_read_file('/etc/passwd')", f"{DENIED} function pg_read_file"),
    ("SELECT lo_import('/etc/passwd')", f"{DENIED} function lo_import"),
    ("SELECT rolpassword FROM pg_authid", f"{DENIED} table pg_authid"),
    ("SELECT setval('incidents_event_id_seq', 1)", f"{DENIED} sequence incidents_event_id_seq"),
    ("SELECT analyze_table('pg_authid')", "pg_authid is no table of the service"),
]  # fmt: skip


@pytest.fixture(scope="module")
def roles(django_db_setup, django_db_blocker):
    """Connections as service and as reader."""
    with django_db_blocker.unblock(), owner.sign_in(owner.SERVICE) as service, owner.sign_in(owner.READER) as reader:
        yield {"service": service, "reader": reader}


def say(session, statement):
    """Return PostgreSQL's error for a statement, and roll it back."""
    statement = statement.replace("{owner}", owner.OWNER).replace("{database}", session.info.dbname)
    with pytest.raises(psycopg.Error) as refused, session.transaction(force_rollback=True):
        session.execute(statement)
    return refused.value


@pytest.mark.parametrize(("statement", "answer"), INJECTED)
def test_what_an_injected_statement_tries_is_refused(roles, statement, answer):
    refused = say(roles["service"], statement)
    assert isinstance(refused, InsufficientPrivilege)
    assert re.search(answer.replace("{owner}", owner.OWNER), str(refused))


def test_the_service_owns_nothing_and_is_nothing_more(roles):
    service = roles["service"]
    assert service.execute("SELECT current_user, session_user").fetchone() == (owner.SERVICE, owner.SERVICE)
    assert (
        service.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles"
            " WHERE rolname = current_user"
        ).fetchone()
        == (False,) * 5
    )
    owned = "SELECT count(*) FROM {} WHERE {} = (SELECT oid FROM pg_roles WHERE rolname = current_user)"
    for table, column in (("pg_class", "relowner"), ("pg_proc", "proowner"), ("pg_database", "datdba")):
        assert service.execute(owned.format(table, column)).fetchone() == (0,)
    assert service.execute("SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member"
                           " WHERE r.rolname = current_user").fetchone() == (0,)  # fmt: skip


def test_the_service_gives_itself_no_right(roles):
    """PostgreSQL warns, and gives nothing."""
    with roles["service"].transaction(force_rollback=True):
        roles["service"].execute("GRANT UPDATE, TRUNCATE ON incidents_event TO CURRENT_USER")
        statement = "SELECT has_table_privilege('incidents_event', 'UPDATE, TRUNCATE')"
        assert roles["service"].execute(statement).fetchone() == (False,)


def test_the_service_has_these_rights_and_no_others(roles):
    """Of every table; nobody else but the reader has any, and none of them may empty one."""
    rights = roles["service"].execute("""
        SELECT name, string_agg(may, ' ' ORDER BY place) FROM (
            SELECT relname AS name, may, place FROM pg_class,
                unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[])
                    WITH ORDINALITY AS wanted (may, place)
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
                AND relname <> 'spatial_ref_sys' AND has_table_privilege(pg_class.oid, may)
        ) AS rights GROUP BY name
    """).fetchall()  # fmt: skip
    assert {name: may for name, may in rights if may != "SELECT INSERT UPDATE DELETE"} == RIGHTS
    assert len(rights) > 90
    others = roles["service"].execute(
        "SELECT DISTINCT coalesce(rolname, 'PUBLIC') FROM pg_class, aclexplode(relacl) LEFT JOIN pg_roles r"
        " ON r.oid = grantee WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'S')"
        " AND relname NOT IN ('spatial_ref_sys', 'geometry_columns', 'geography_columns')"
    )
    assert {name for (name,) in others} == {owner.OWNER, owner.SERVICE, owner.READER}


def test_functions_with_the_owners_rights_trust_no_path(roles):
    """A table of the same name in a session's own schema is not taken for ours, and only the service may call them."""
    functions = roles["service"].execute(
        "SELECT proname, proconfig, has_function_privilege(%s, oid, 'EXECUTE') FROM pg_proc"
        " WHERE pronamespace = 'public'::regnamespace AND prosecdef ORDER BY proname",
        [owner.READER],
    )
    path = ["search_path=pg_catalog, public, pg_temp"]
    names = (
        "add_history_part", "analyze_table", "cameras_frame_day", "cameras_frame_forget", "erase_notes",
        "refuse_unsigned_row", "vacuum_words_soon", "words_to_vacuum",
    )  # fmt: skip
    assert functions.fetchall() == [(name, path, False) for name in names]


OFFICER, OUTSIDER = (f"(SELECT id FROM incidents_user WHERE username = '{name}')" for name in ("officer", "outsider"))
COPY = "INSERT INTO {table} SELECT (jsonb_populate_record(one, '{changes}')).* FROM {table} one WHERE {which}"
WATER = "(SELECT id FROM incidents_authority WHERE code = 'water')"
BOSS = "(SELECT id FROM incidents_user WHERE username = 'boss')"
POST = (
    'INSERT INTO incidents_membership (user_id, authority_id, role, waiting, "group")'
    f" VALUES ({OUTSIDER}, {WATER}, '{{}}', {{}}, '')"
)
HELD = f"UPDATE incidents_membership SET {{}} WHERE user_id = {OFFICER} AND NOT waiting"
WAITING = "UPDATE incidents_membership SET {} WHERE waiting"
POWER = [  # what an injected statement says to have somebody do everything
    f"UPDATE incidents_user SET is_superuser = true WHERE id = {OFFICER}",
    COPY.format(
        table="incidents_user",
        changes='{"id": 9999, "username": "evil", "subject": null, "is_superuser": true}',
        which="username = 'officer'",
    ),
]
POSTS = [  # what it says to have somebody hold a post, or hold more by it
    POST.format("officer", "false"),
    POST.format("technician", "false"),
    POST.format("gis", "false"),
    POST.format("officer", "true"),
    POST.format("admin", "false"),
    POST.format("admin", "true"),
    POST.format("supervisor", "false"),
    COPY.format(table="incidents_membership", changes='{"id": 9999, "role": "gis"}', which=f"user_id = {OFFICER}"),
    HELD.format("role = 'admin'"),
    HELD.format("role = 'technician'"),
    HELD.format(f"user_id = {OUTSIDER}, authority_id = {WATER}"),
    HELD.format(f"authority_id = {WATER}"),
    HELD.format("area_id = NULL"),
    HELD.format("category_id = NULL"),
    HELD.format("starts = NULL"),
    HELD.format("ends = NULL"),
    HELD.format("ends = ends + 1"),
    HELD.format("id = 9999"),
    HELD.format("\"group\" = ''"),
    f"UPDATE incidents_membership SET user_id = {OUTSIDER} WHERE role = 'control' AND NOT waiting",
    WAITING.format("waiting = false"),
    WAITING.format(f"waiting = false, confirmed_by_id = {OUTSIDER}"),
    WAITING.format(f"waiting = false, confirmed_by_id = {BOSS}"),
    WAITING.format(f"user_id = {OUTSIDER}"),
    WAITING.format(f"asked_by_id = {OUTSIDER}"),
    WAITING.format("asked_by_id = NULL"),
    "WITH asked AS (SELECT set_config('incidents.operator', 'yes', true)) UPDATE incidents_membership"
    " SET waiting = false FROM asked WHERE waiting",
    "WITH signed AS (SELECT set_config('incidents.signatures', repeat('0', 64), true)) UPDATE incidents_membership"
    f" SET waiting = false, confirmed_by_id = {BOSS} FROM signed WHERE waiting",
    "INSERT INTO incidents_absence (user_id, deputy_id, starts, ends)"
    f" VALUES ({OFFICER}, {OUTSIDER}, current_date, current_date)",
    f"UPDATE incidents_absence SET deputy_id = {OUTSIDER}",
    "UPDATE incidents_absence SET ends = ends + 100",
    f"INSERT INTO incidents_grouppost (\"group\", authority_id, role) VALUES ('all', {WATER}, 'officer')",
    "UPDATE incidents_grouppost SET role = 'dispatcher'",
    "UPDATE incidents_grouppost SET asked_by_id = NULL",
]


@pytest.mark.django_db
@pytest.mark.parametrize("statement", POWER)
def test_no_statement_gives_power(officer, statement):
    with (
        pytest.raises(ProgrammingError, match="by the operator only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.fixture
def given_posts(officer, outsider, controller, town, today):
    """A post with all limits, one waiting for confirmation, a deputy, and a post by group."""
    limits = {"area": town.old, "category": town.hole, "starts": today, "ends": today, "group": "ward"}
    factories.change_posts(Membership.objects.filter(user=officer), **limits)
    boss = factories.person("boss", town.desk, "admin")
    waiting = factories.post(officer, town.desk, "privacy", waiting=True, asked_by=controller)
    factories.absence(boss, controller, today, today)
    factories.group_post("wharf", town.office, "officer", asked_by=controller)
    return SimpleNamespace(boss=boss, waiting=waiting)


@pytest.mark.django_db
@pytest.mark.parametrize("statement", POSTS)
def test_no_statement_gives_a_post(given_posts, statement):
    """As the service, without the application's signature, whoever is named as the second person."""
    with (
        pytest.raises(DatabaseError, match=r"with its signature|the yes of a second person"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


KEY = f"{DENIED} table incidents_signingkey"
SIGNING_KEY = [
    "SELECT inner_pad FROM incidents_signingkey",
    "SELECT * FROM incidents_signingkey",
    "UPDATE incidents_signingkey SET locked = ''",
    "DELETE FROM incidents_signingkey",
    "INSERT INTO incidents_signingkey (locked, inner_pad, outer_pad) VALUES ('', '', '')",
]


@pytest.mark.parametrize("statement", SIGNING_KEY)
def test_the_service_has_no_signing_key(roles, statement):
    assert str(say(roles["service"], statement)).startswith(KEY)


@pytest.mark.django_db
def test_a_signature_is_good_for_its_row_alone(given_posts, town, outsider):
    """What stands beside a signed row in its transaction needs a signature of its own."""
    post = Membership(user=outsider, authority=town.water, role="officer")
    signed_rows.sign_rows([post])
    for changed in ({"role": "technician"}, {"user": given_posts.boss}, {"authority": town.desk}):
        other = Membership(**{"user": outsider, "authority": town.water, "role": "officer"} | changed)
        with pytest.raises(ProgrammingError, match="with its signature"), transaction.atomic():
            other.save()
    post.save()
    assert Membership.objects.on().filter(pk=post.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_a_signature_ends_with_its_transaction(officer, town):
    post = Membership(user=officer, authority=town.water, role="officer")
    with transaction.atomic(), connection.cursor() as cursor:
        signed_rows.sign_rows([post])
        cursor.execute("SELECT current_setting('incidents.signatures')")
        signatures = cursor.fetchone()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('incidents.signatures', %s, true)", signatures)
        with pytest.raises(ProgrammingError, match="with its signature"), transaction.atomic():
            post.save()


@pytest.mark.django_db
def test_the_doors_give_posts_as_the_service(given_posts, town, officer, outsider, today):
    """Given, changed, confirmed, by a group, for days of absence, and ended when somebody leaves."""
    boss = given_posts.boss
    second = factories.person("second", town.desk, "admin")
    post = posts.give_post(Membership(user=outsider, authority=town.water, role="technician"), second)
    post.ends = today
    posts.give_post(post, second)
    posts.follow_groups(outsider, ["wharf"])
    for waiting in Membership.objects.to_confirm():
        posts.decide_post(waiting, boss, yes=True)
    colleague = factories.person("colleague", town.office)
    posts_and_days = Membership.objects.on().filter(user__in=[officer, outsider]).order_by("user", "pk")
    assert list(posts_and_days.values_list("user__username", "authority__code", "role", "ends")) == [
        ("officer", "old", "officer", today),
        ("officer", "desk", "privacy", None),
        ("outsider", "new", "officer", None),
        ("outsider", "water", "technician", today),
        ("outsider", "old", "officer", None),
    ]
    absence = offboarding.record_absence(officer, colleague, today, today)
    assert list(officer.absences.values_list("pk", "deputy")) == [(absence.pk, colleague.pk)]
    offboarding.offboard(outsider, by=boss)
    assert set(outsider.memberships.values_list("ends", flat=True)) == {today}


@pytest.mark.django_db
def test_what_a_deleted_administrator_asked_for_is_handed_over(given_posts, town, controller, admin_user, client):
    """What waits is taken back; another asks for the posts of groups."""
    request = posts.give_post(Membership(user=given_posts.boss, authority=town.water, role="gis"), controller)
    client.force_login(admin_user)
    client.post(reverse("admin:incidents_user_delete", args=[controller.pk]), {"post": "yes"})
    assert not User.objects.filter(pk=controller.pk).exists()
    assert not Membership.objects.filter(pk=given_posts.waiting.pk).exists()
    assert Membership.objects.get(pk=request.pk).asked_by is None
    assert GroupPost.objects.get().asked_by == admin_user


@pytest.mark.django_db
@pytest.mark.parametrize("command", ["rotate_data_key", "renew_signing_key"])
def test_posts_are_given_after_a_change_of_keys(town, outsider, settings, command):
    index, new = re.search(r"index-\S+", settings.DATA_KEYS)[0], f"data-9:{'A' * 43}="
    settings.DATA_KEYS = f"{new},{settings.DATA_KEYS}"
    call_command(command)
    settings.DATA_KEYS = f"{new},{index}"
    post = posts.give_post(Membership(user=outsider, authority=town.water, role="officer"), None)
    assert Membership.objects.on().filter(pk=post.pk).exists()


def test_the_signed_columns_are_those_of_the_triggers():
    """All columns of these tables but their keys, and when somebody asked."""
    triggers = sql.statement("guards/signed_rows")
    for model, columns in signed_rows.SIGNED.items():
        (named,) = re.findall(rf"ON {model._meta.db_table}\n.*?refuse_unsigned_row\(([^)]*)\)", triggers, re.DOTALL)
        assert tuple(re.findall(r"'(\w+)'", named)) == columns
        assert {field.column for field in model._meta.concrete_fields} - {*columns} <= {"id", "asked_at"}


def test_the_powerful_posts_are_those_of_the_law():
    (roles,) = re.findall(r"NEW\.role IN \(([^)]*)\)", sql.statement("guards/powers"))
    assert set(re.findall(r"'(\w+)'", roles)) == {str(role) for role in access.FAR_REACHING}


@pytest.mark.django_db
def test_who_administers_confirms_what_others_asked(town, outsider, today):
    helper, boss = factories.person("asked"), factories.person("boss", town.desk, "admin")
    post = posts.give_post(Membership(user=helper, authority=town.desk, role="privacy"), outsider)
    posts.decide_post(post, boss, yes=True)
    post.refresh_from_db()
    post.ends = today
    posts.give_post(post, outsider)
    assert Membership.objects.on().filter(pk=post.pk).exists()


@pytest.mark.django_db
def test_a_table_of_ones_own_does_not_stand_in_for_the_law(incident):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE incidents_passage (origin text, target text) ON COMMIT DROP")
        cursor.execute("INSERT INTO incidents_passage VALUES ('assigned', 'closed')")
        cursor.execute("CREATE TEMP TABLE incidents_event (LIKE public.incidents_event) ON COMMIT DROP")
        cursor.execute("SELECT erase_notes(ARRAY(SELECT id FROM public.incidents_event), %s, NULL, now(), now())",
                       [[incident.pk]])  # fmt: skip
        cursor.execute("SELECT count(*) FILTER (WHERE kind = 'erased') FROM public.incidents_event")
        assert cursor.fetchone() == (1,)
    with pytest.raises(IntegrityError, match="does not go from assigned to closed"), transaction.atomic():
        Incident.objects.filter(pk=incident.pk).update(state="closed")


def test_who_erases_waits_for_the_lock_of_the_history():
    assert f"pg_advisory_xact_lock({int(locks.Lock.HISTORY)})" in sql.statement("guards/history")


@pytest.mark.django_db
def test_erasing_names_its_lines_or_is_refused(town, officer):
    first, other = factories.incident(town.hole, text="Lan"), factories.incident(town.leak, text="Hoa")
    line = first.timeline.first()
    with (
        pytest.raises(IntegrityError, match="a line is of none of these incidents"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT erase_notes(%s, %s, NULL, now(), now())", [[line.pk], [other.pk]])
    with connection.cursor() as cursor:
        cursor.execute("SELECT erase_notes(%s, %s, %s, now(), now())", [[line.pk], [first.pk, other.pk], officer.pk])
    assert list(Event.objects.filter(kind="erased").order_by("pk").values_list("incident", "by", "receipt")) == [
        (first.pk, officer.pk, {"lines": [line.pk]}),
        (other.pk, officer.pk, None),
    ]
    line.refresh_from_db()
    assert (line.note, line.salt) == ("", None)


@pytest.mark.django_db
def test_all_tests_run_with_the_rights_of_the_service():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == (owner.SERVICE,)


@pytest.mark.django_db
def test_rights_are_given_the_same_as_often_as_wanted():
    rights = "SELECT relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY relname"
    with owner.as_owner() as cursor:
        cursor.execute(rights)
        before = cursor.fetchall()
        cursor.execute("CREATE TABLE new_of_a_migration (number integer)")
        grants.apply_grants()
        cursor.execute(rights)
        after = dict(cursor.fetchall())
    new = after.pop("new_of_a_migration")
    assert after == dict(before)
    assert f"{owner.SERVICE}=arwd/" in new
    assert owner.READER not in new


@pytest.mark.django_db
def test_a_new_table_can_be_written_from_its_first_moment():
    """By triggers, for instance, before the migration that made it has given the rights."""
    with owner.as_owner() as cursor:
        grants.prepare_grants()
        cursor.execute("CREATE TABLE new_of_a_migration (id bigint GENERATED BY DEFAULT AS IDENTITY)")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO new_of_a_migration DEFAULT VALUES RETURNING id")
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db
def test_days_of_the_ring_come_and_go_with_the_owners_rights(moment):
    day = moment.date().replace(year=moment.year - 1, day=1)
    ring.create_day(day)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relowner::regrole::text FROM pg_class WHERE relname = %s", [f"cameras_frame_{day:%Y%m%d}"]
        )
        assert cursor.fetchone() == (owner.OWNER,)
    ring.drop_old_days(moment)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [f"cameras_frame_{day:%Y%m%d}"])
        assert cursor.fetchone() == (None,)
    with (
        pytest.raises(IntegrityError, match="is not over"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT cameras_frame_forget(%s)", [moment.date()])


NOT_READ = [  # by who reads statistics and open data
    "SELECT phone FROM incidents_report",
    "SELECT email, zalo, token FROM incidents_report",
    "SELECT * FROM incidents_report",
    "SELECT password FROM incidents_user",
    "SELECT phone, email FROM incidents_user",
    "SELECT * FROM incidents_notice",
    "SELECT * FROM incidents_contact",
    "SELECT * FROM incidents_subjectrequest",
    "SELECT * FROM incidents_apikey",
    "SELECT * FROM incidents_follower",
    "SELECT note FROM incidents_event",
    "SELECT salt FROM incidents_event",
    "SELECT reason FROM incidents_rating",
    "SELECT text FROM incidents_incidentwords",
    "SELECT * FROM incidents_heldreport",
    "SELECT * FROM incidents_heldphoto",
    "SELECT * FROM incidents_confirmation",
    "SELECT * FROM incidents_secondfactor",
    "SELECT * FROM incidents_recoverycode",
    "SELECT * FROM incidents_accountline",
    "SELECT * FROM incidents_personaldataview",
    "SELECT * FROM cameras_viewlogentry",
    "SELECT * FROM cameras_evidence",
    "SELECT url, credentials FROM cameras_camera",
    "SELECT * FROM django_session",
    "SELECT erase_notes('{}', '{}', NULL, now(), now())",
]


@pytest.mark.parametrize("statement", NOT_READ)
def test_the_reader_reads_no_contact_and_no_key(roles, statement):
    assert isinstance(say(roles["reader"], statement), InsufficientPrivilege)


def test_the_reader_changes_nothing(roles):
    reader = roles["reader"]
    assert isinstance(say(reader, "UPDATE incidents_incident SET text = ''"), ReadOnlySqlTransaction)
    assert isinstance(say(reader, "CREATE TEMP TABLE evil (number int)"), ReadOnlySqlTransaction)
    reader.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE")
    reader.commit()
    assert isinstance(say(reader, "DELETE FROM incidents_incident"), InsufficientPrivilege)
    assert isinstance(say(reader, "CREATE TEMP TABLE evil (number int)"), InsufficientPrivilege)


@pytest.fixture(scope="module")
def reading(django_db_setup):
    """Statistics and open data are read as the reader, as where DATABASE_READER_URL is set.

    Of the module: Django asks which databases there are before it begins with a test.
    """
    own = copy.deepcopy(connection.settings_dict)
    own |= {"USER": owner.READER, "PASSWORD": owner.PASSWORDS.get(owner.READER, "")}
    own["OPTIONS"]["options"] = own["OPTIONS"]["options"].replace(f"-c role={owner.SERVICE}", "")
    settings.DATABASES[database.READER] = own
    yield connections[database.READER]
    del settings.DATABASES[database.READER]
    connections[database.READER].close()
    connections[database.READER].close_pool()
    del connections[database.READER]


READ = [  # address, for whom
    ("/stats/", None), ("/stats/?level=district&law=today", None), ("/stats/areas.csv", None), ("/stats/map.js", None),
    ("/data/incidents.geojson", None), ("/data/areas.csv", None), ("/data/cameras.csv", None),
    ("/data/camera-views.gpkg", None), ("/data/incidents.csv", "a session"), ("/stats/areas.csv", "a session"),
    ("/stats/", "leader"), ("/stats/areas.csv", "leader"), ("/lead/units.csv", "leader"),
]  # fmt: skip


@pytest.mark.django_db(transaction=True, databases=["default", database.READER])
def test_statistics_and_open_data_are_read_by_the_reader(client, reading, town, incident):
    leader = factories.person("leader", town.office, Membership.Role.LEADER)
    assert {f"/data/{name}" for name in open_data.registered} == {
        address.partition(".")[0] for address, _who in READ if address.startswith("/data/")
    }
    read = {}
    for address, who in READ:
        client.logout()
        if who == "leader":
            client.force_login(leader)
        elif who:
            session = client.session
            session["begun"] = True
            session.save()
        with CaptureQueriesContext(reading) as queries:
            answer = client.get(address)
            assert answer.status_code == 200, address
            b"".join(answer) if answer.streaming else answer.content
        read[address, who] = len(queries) > 1  # one says how long a statement may take
    assert read == dict.fromkeys(map(tuple, READ), True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == (owner.SERVICE,)


@pytest.mark.django_db(transaction=True, databases=["default", database.READER])
def test_the_reader_finds_words_on_the_map(reading, incident):
    """As where tiles are read from a replica: without the words of reports, which it may not read."""
    with database.as_reader():
        tile = public_map.incident_tile(0, 0, 0, MapFilters(state="all", days=0, words="knee deep"))
    assert incident.reference in tile


@pytest.mark.django_db(transaction=True, databases=["default", database.READER])
def test_the_reader_has_the_strangers_time(reading):
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '5s'")
        with database.as_reader(), connection.cursor() as reader:
            reader.execute("SELECT current_user, current_setting('statement_timeout')")
            assert reader.fetchone() == (owner.READER, "5s")
        cursor.execute("RESET statement_timeout")
