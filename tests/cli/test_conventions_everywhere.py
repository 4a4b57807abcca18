"""What files leave open is said by the same four options on every command that reads models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from topogroup.engine.shelf import ModelShelf

OPTIONS = {"--p-sign": "load", "--power-unit": "MW", "--local-crs": "EPSG:25832", "--broken-states": "unknown"}
ALL = [word for pair in OPTIONS.items() for word in pair]


@pytest.fixture
def words(tmp_path: Path, model: Path) -> dict[str, list[str | Path]]:
    """Return the words of each command without these options."""
    plan = tmp_path / "plan.csv"
    plan.write_text("step,switch,action\n1,F1,open\n")
    return {
        "inspect": ["inspect", model],
        "attach": ["attach", model],
        "groups": ["groups", model, "--by", "feeder"],
        "changes": ["changes", model, "--by", "feeder", "--open", "F1"],
        "plan": ["plan", model, plan],
        "regroup": ["regroup", model, "--data-dir", tmp_path / "store"],
    }


@pytest.mark.parametrize("command", ["inspect", "attach", "groups", "changes", "plan", "regroup"])
def test_each_option_is_taken_and_checked(command: str, cli: Cli, words: dict[str, list[str | Path]]) -> None:
    """A value that is none is refused by name; those that are, are read with the model."""
    for option in OPTIONS:
        answer = cli(*words[command], option, "nonsense", "--json")
        error = json.loads(answer.err)["error"]
        assert (answer.code, answer.out, error["code"]) == (2, "", "bad_convention")
        assert error["object"] == option.removeprefix("--").replace("-", "_")
    assert cli(*words[command], *ALL, "--json").code == 0


@pytest.mark.parametrize("command", ["attach", "groups", "changes", "plan"])
def test_they_reach_the_reader(command: str, cli: Cli, tmp_path: Path, words: dict[str, list[str | Path]]) -> None:
    """A saved network is settled, so each of them is refused there; without them it is taken."""
    from cim_models import load

    saved = tmp_path / "saved"
    load([words["inspect"][1]]).save(saved)
    given: list[str | Path] = [words[command][0], saved, *words[command][2:]]
    assert cli(*given, "--json").code == 0
    for option, value in OPTIONS.items():
        answer = cli(*given, option, value, "--json")
        assert (answer.code, json.loads(answer.err)["error"]["code"]) == (2, "conventions_settled")


def test_findings_of_attach_tell_what_was_decided(cli: Cli, words: dict[str, list[str | Path]]) -> None:
    """The unit that is said is no longer assumed."""

    def codes(*more: str) -> set[str]:
        findings = cli(*words["attach"], *more, "--json").json()["findings"]
        return {one["code"] for one in findings if one["code"].startswith(("p_sign", "power_unit"))}

    assert codes() == {"power_unit_assumed"}
    assert codes("--power-unit", "MW") == {"power_unit_decided"}


def test_regroup_takes_flags_over_environment_over_file(
    cli: Cli, tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each source alone settles what stronger ones leave open; what counted is kept with the model."""
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "store"
    lines = ['p_sign = "load"', 'power_unit = "W"', 'local_crs = "EPSG:4326"', 'broken_states = "refuse"']
    (tmp_path / "topogroup.toml").write_text("\n".join(lines))
    monkeypatch.setenv("TOPOGROUP_POWER_UNIT", "MW")
    monkeypatch.setenv("TOPOGROUP_BROKEN_STATES", "refuse")
    words = ["--broken-states", "unknown", "--local-crs", "EPSG:25832"]
    said = cli("regroup", "--data-dir", home, model, *words, "--json").json()
    assert ModelShelf(home / "models").report(said["model"]["id"])["said"] == {
        "p_sign": "load",
        "power_unit": "MW",
        "local_crs": "EPSG:25832",
        "broken_states": "unknown",
    }
    assert cli("regroup", "--data-dir", home, model, *words, "--json").json()["unchanged"] is True
    assert cli("regroup", "--data-dir", home, model, "--json").json()["unchanged"] is False
