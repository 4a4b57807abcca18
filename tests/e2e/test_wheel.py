"""The wheel: built here, installed into an empty environment elsewhere, it attaches and serves."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "data" / "sample.xml"
DATA_FILES = {
    "api/web/index.html",
    "cim_models/queries/",
    "topogroup/iec61968/schemas/full.xsd",
    "topogroup/journal/migrations/env.py",
    "topogroup/journal/migrations/versions/r0001_first_tables.py",
}
pytestmark = pytest.mark.xdist_group("wheel")


def run(*words: str | Path, cwd: Path) -> str:
    """Run a program to its end and return what it prints."""
    done = subprocess.run([str(word) for word in words], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel of this checkout."""
    out = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT, cwd=out)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the installed command of an environment that holds nothing but the wheel and what the lock names."""
    home = tmp_path_factory.mktemp("elsewhere")
    run(sys.executable, "-m", "venv", home / "env", cwd=home)
    python = home / "env" / "bin" / "python"
    pip: list[str | Path] = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    locked = ["--require-hashes", "--only-binary", ":all:", "-r", ROOT / "requirements.lock"]
    done = subprocess.run([str(word) for word in [*pip, *locked]], capture_output=True, text=True, check=False)
    if done.returncode and "No matching distribution" in done.stderr and "none" in done.stderr:
        pytest.skip("no package index answers here, so nothing can be installed into an empty environment")
    assert done.returncode == 0, done.stderr[-3000:]
    run(*pip, "--no-deps", wheel, cwd=home)
    return home / "env" / "bin" / "topogroup"


def test_the_wheel_holds_the_three_packages_with_their_data(wheel: Path) -> None:
    """Nothing else: no tests, no models, no benchmarks."""
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names}
    (info,) = [top for top in tops if top.endswith(".dist-info")]
    assert tops == {"topogroup", "cim_models", "api", info}
    for wanted in DATA_FILES:
        assert any(name == wanted or (wanted.endswith("/") and name.startswith(wanted)) for name in names), wanted


@pytest.mark.thorough
def test_the_installed_program_attaches(program: Path, tmp_path: Path) -> None:
    """It answers as this checkout does."""
    here = run(sys.executable, "-c", "from topogroup.cli.app import main; main()", "attach", SAMPLE, "--json", cwd=ROOT)
    there = run(program, "attach", SAMPLE, "--json", cwd=tmp_path)
    assert json.loads(there) == json.loads(here) and json.loads(there)["ders"]


@pytest.mark.thorough
def test_the_installed_demo_serves(program: Path, tmp_path: Path) -> None:
    """It makes its own network, its groups and its page, and ends when it is told to."""
    words = [str(program), "demo", "--port", "0", "--json", "--data-dir", str(tmp_path / "demo")]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, (tmp_path / "log").read_text()[-3000:]
        said = json.loads(line)
        headers = {"Authorization": f"Bearer {said['token']}"}
        with httpx.Client(base_url=said["url"], headers=headers, trust_env=False, timeout=20) as client:
            deadline = time.monotonic() + 60
            while client.get("/readyz").status_code != 200 or len(client.get("/v1/templates").json()["items"]) < 2:
                assert time.monotonic() < deadline, (tmp_path / "log").read_text()[-3000:]
                time.sleep(0.1)
            by = [template["by"] for template in client.get("/v1/templates").json()["items"]]
            assert sorted(by) == [["feeder"], ["substation"]]
            groups = client.get("/v1/groups").json()["items"]
            assert groups and any(group["members"] for group in groups)
            page = client.get("/")
            assert page.status_code == 200 and "text/html" in page.headers["content-type"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
