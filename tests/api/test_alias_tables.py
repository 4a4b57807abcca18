"""Tables of aliases: what is taken can be read at the next start, and what cannot be read is told."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from api.aliases import AliasTables
from cim_models import limits
from cim_models.errors import LimitError, OptionError
from tests.api.live import SAMPLE, live

TABLE = b"alias,mrid\n" + b"".join(b"A%d,m%d\n" % (n, n) for n in range(50))


def test_what_is_taken_can_be_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the source in each row the file is larger than what was sent: on both sides of the limit."""
    source = "a source, " + "x" * 80
    AliasTables(tmp_path / "first").put(source, TABLE)
    (file,) = (tmp_path / "first").glob("*.csv")
    size = file.stat().st_size
    assert size > 4 * len(TABLE)
    monkeypatch.setattr(limits, "ALIAS_BYTES_MAX", size)
    tables = AliasTables(tmp_path / "second")
    tables.put(source, TABLE)
    again = AliasTables(tmp_path / "second")
    assert (again.sources(), len(again.table(source)), again.unread) == ([source], 50, [])
    monkeypatch.setattr(limits, "ALIAS_BYTES_MAX", size - 1)
    with pytest.raises(LimitError) as caught:
        AliasTables(tmp_path / "third").put(source, TABLE)
    assert caught.value.code == "file_too_large"
    assert list((tmp_path / "third").iterdir()) == []


@pytest.mark.parametrize("source", ["SCADA ", " SCADA", "\u2003SCADA"])
def test_a_source_with_blanks_around_it_is_refused(tmp_path: Path, source: str) -> None:
    """A table could not keep them."""
    tables = AliasTables(tmp_path)
    with pytest.raises(OptionError) as caught:
        tables.put(source, TABLE)
    assert caught.value.code == "alias_source"
    assert tables.sources() == [] and list(tmp_path.iterdir()) == []


def test_a_table_that_cannot_be_read_is_told_and_the_service_starts(tmp_path: Path) -> None:
    """It says so until the table is sent again."""
    data = tmp_path / "data"
    with live(data, SAMPLE) as service:
        for source in ("ems", "scada"):
            assert service.client.put(f"/v1/aliases/{source}", content=TABLE).status_code == 200
        assert service.client.put("/v1/aliases/scada%20", content=TABLE).json()["code"] == "alias_source"
    files = [file for file in (data / "aliases").glob("*.csv") if rows(file)[1][0] == "scada"]
    files[0].write_bytes(b"\xff\xfe no table")
    with live(data, SAMPLE) as service:
        assert [one["source"] for one in service.items("/v1/aliases")] == ["ems"]
        ready = service.get("/readyz")
        assert ready.status_code == 200
        (sentence,) = ready.json()["checks"]["aliases_unread"]
        assert files[0].name in sentence and sentence.endswith("send the table again.")
        assert service.client.put("/v1/aliases/scada", content=TABLE).status_code == 200
        assert "aliases_unread" not in service.get("/readyz").json()["checks"]
    assert len(rows(files[0])) == 51


def rows(file: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(file.read_text())))
