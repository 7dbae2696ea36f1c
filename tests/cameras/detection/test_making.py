"""Test making the detection model: administrators start it; pages show its progress and failures."""

import json

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from cameras.detection import jobs as detection_jobs
from cameras.detection import making
from incidents.models import Membership
from tests import factories

ADDRESS = "/cameras/counting/"


@pytest.fixture(autouse=True)
def no_model(settings, tmp_path):
    settings.DETECTOR_MODEL = tmp_path / "nanodet.onnx"


@pytest.fixture
def administrator(client, town):
    client.force_login(factories.person("boss", town.desk, Membership.Role.ADMIN))
    client.cookies["django_language"] = "en"
    return client


def tell(settings, **progress):
    settings.DETECTOR_MODEL.with_suffix(".progress").write_text(json.dumps(progress))


def jobs():
    return ProcrastinateJob.objects.filter(task_name=making.TASK).count()


def test_an_administrator_has_it_made_once(administrator):
    assert "Download and install" in administrator.get(ADDRESS).content.decode()
    for _press in range(2):
        assert administrator.post(ADDRESS).url == "/cameras/health/"
    assert jobs() == 1
    page = administrator.get(ADDRESS).content.decode()
    assert ("It starts within a minute" in page, "Download and install" in page) == (True, False)


@pytest.mark.parametrize(
    ("progress", "shown"),
    [
        ({"step": "fetch", "fault": False}, "Downloading (145 MB)"),
        ({"step": "convert", "fault": False}, 'value="4"'),
        ({"step": "fetch", "fault": True}, "this machine cannot reach a package registry"),
        ({"step": "other", "fault": True}, "Download and install"),
        ({}, "Download and install"),
    ],
)
def test_the_page_says_how_far_it_is_or_what_failed(administrator, settings, progress, shown):
    tell(settings, **progress)
    assert shown in administrator.get(ADDRESS).content.decode()


def test_when_it_is_there_nothing_more_is_said(administrator, settings):
    settings.DETECTOR_MODEL.write_bytes(b"model")
    assert administrator.get(ADDRESS).content.decode().strip() == ""
    administrator.post(ADDRESS)
    assert jobs() == 0


def test_the_control_room_sees_it_and_does_not_press(client, controller):
    client.force_login(controller)
    client.cookies["django_language"] = "en"
    page = client.get("/control/findings/").content.decode()
    assert ("are not detected" in page, "An administrator can install it" in page) == (True, True)
    assert (client.post(ADDRESS).status_code, jobs()) == (404, 0)


def test_a_job_that_fails_says_why_in_the_log(monkeypatch, tmp_path, caplog):
    script = tmp_path / "make"
    script.write_text("raise SystemExit('no way out')")
    monkeypatch.setattr(making, "SCRIPT", script)
    detection_jobs.make_detector()
    assert "no way out" in caplog.text
