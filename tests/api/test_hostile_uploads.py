"""Uploads that would hurt the service: packed, nested and wide ones, too many at once; and what errors show of them."""

from __future__ import annotations

import gzip
import io
import resource
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.feeds import rdf_bodies
from api.feeds.batch import Asked
from api.feeds.rdf_bodies import read_rdf_body
from api.feeds.rdf_states import read_rdf
from api.imports import Imports
from cim_models import child, limits
from cim_models.difference import Difference, asking, write_difference
from cim_models.difference.statement import Statement
from cim_models.errors import BusyError, LimitError, TopogroupError
from cim_models.intake import documents
from cim_models.statements import Header
from tests.api.live import SAMPLE, Live

HEAD = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns:dm="http://iec.ch/TC57/61970-552/DifferenceModel/1#" xmlns:cim="http://iec.ch/TC57/CIM100#">'
    '<dm:DifferenceModel rdf:about="urn:uuid:1"><dm:forwardDifferences rdf:parseType="Statements">'
)
TAIL = "</dm:forwardDifferences></dm:DifferenceModel></rdf:RDF>"


def wide(children: int) -> bytes:
    """Return a difference of one object with that many empty children."""
    node = '<rdf:Description rdf:about="#_a">' + "<cim:A.b/>" * children + "</rdf:Description>"
    return (HEAD + node + TAIL).encode()


def zipped(name: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return stream.getvalue()


def active(service: Live) -> str:
    (id_,) = [one["id"] for one in service.items("/v1/models") if one["state"] == "active"]
    return str(id_)


def send(service: Live, content: bytes, **parameters: Any) -> httpx.Response:  # noqa: ANN401 - of the query
    return service.client.post(f"/v1/models/{active(service)}/differences", content=content, params=parameters)


def failed(service: Live, answer: httpx.Response) -> dict[str, Any]:
    """Return why the upload was not taken."""
    assert answer.status_code == 202, answer.text
    location = answer.headers["location"]
    service.until(lambda: service.get(location).json()["state"] != "reading")
    said: dict[str, Any] = service.get(location).json()
    assert said["state"] == "failed"
    return dict(said["error"])


def states(service: Live) -> Difference:
    switch = next(one for one in service.items("/v1/switches") if not one["open"])
    forward, reverse = (Statement(switch["mrid"], "Switch.open", word) for word in ("true", "false"))
    return Difference(Header("x"), (forward,), (reverse,))


def test_a_wide_object_is_refused_and_costs_the_service_nothing(unchanged: Live) -> None:
    """Two million empty children in a few kilobytes: neither read here, nor held anywhere."""
    packed = gzip.compress(wide(2_000_000))
    assert len(packed) < 100_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    error = failed(unchanged, send(unchanged, packed))
    assert error["code"] == "object_too_large" and "200000 elements" in error["message"]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024  # kilobytes


def test_what_is_packed_or_large_is_read_in_a_process(
    tmp_path: Path, unchanged: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same difference comes back of each form; one of another kind comes back as none."""
    difference = states(unchanged)
    text = write_difference(difference).encode()
    forms = {"plain.xml": text, "packed.xml.gz": gzip.compress(text), "packed.zip": zipped("x.xml", text)}
    forms["large.xml"] = text + b" " * limits.DIFFERENCE_HERE_BYTES_MAX
    forms["deep.zip"] = zipped("b.zip", zipped("x.xml", text))
    found = {}
    for name, content in forms.items():
        (tmp_path / name).write_bytes(content)
        found[name] = asking.states_in(tmp_path / name)
    for one in found.values():
        assert one is not None
        assert (one.forward, one.reverse) == (difference.forward, difference.reverse)
        assert one.line == found["plain.xml"].line and one.line  # type: ignore[union-attr]
        assert one.header.id == found["plain.xml"].header.id  # type: ignore[union-attr]
    started: list[str] = []
    start = child.start

    def counted(module: str) -> child.Process:
        started.append(module)
        return start(module)

    monkeypatch.setattr(child, "start", counted)
    for name in forms:
        asking.states_in(tmp_path / name)
    assert len(started) == len(forms) - 1
    (tmp_path / "wide.gz").write_bytes(gzip.compress(wide(10)))
    assert asking.states_in(tmp_path / "wide.gz") is None
    (tmp_path / "none.gz").write_bytes(b"\x1f\x8b nothing")
    assert asking.states_in(tmp_path / "none.gz") is None


def test_packed_states_are_switched_as_plain_ones(service: Live) -> None:
    difference = states(service)
    answer = send(service, gzip.compress(write_difference(difference).encode()))
    assert (answer.status_code, answer.json()["applied"]) == (200, 1)
    assert len(service.items("/v1/models")) == 1


def test_a_zip_in_a_zip_is_measured_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By what it says of itself; nothing of it is read."""
    monkeypatch.setattr(limits, "FILE_BYTES_MAX", 1_000_000)
    inner = zipped("x.xml", b"") + b"\0" * 1_000_000  # still a zip to who looks at its beginning
    path = tmp_path / "outer.zip"
    path.write_bytes(zipped("inner.zip", inner))
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("it was unpacked"))
    with pytest.raises(LimitError) as caught:
        documents([path])
    assert caught.value.code == "file_too_large"


def test_xml_of_a_feed_is_bounded(unchanged: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read by the service itself: by its size, and by the parts of one object."""

    def sent(content: bytes) -> tuple[int, str]:
        headers = {"Content-Type": "application/rdf+xml"}
        query = {"source": "s", "sequence": "1"}
        answer = unchanged.client.post("/v1/switching", content=content, headers=headers, params=query)
        return answer.status_code, answer.json()["code"]

    monkeypatch.setattr(limits, "XML_OBJECT_ELEMENTS_MAX", 10)
    assert sent(wide(10)) == (422, "not_a_state")
    assert sent(wide(11)) == (413, "object_too_large")
    model = HEAD.partition("<dm:D")[0] + '<cim:Breaker rdf:ID="_a">' + "<cim:A.b/>" * 11 + "</cim:Breaker></rdf:RDF>"
    assert sent(model.encode()) == (413, "object_too_large")
    monkeypatch.setattr(limits, "SWITCHING_XML_BYTES_MAX", len(wide(3)))
    assert sent(wide(3)) == (422, "not_a_state")
    assert sent(wide(3) + b" ") == (413, "body_too_large")


def test_large_xml_of_a_feed_is_the_same_read_in_a_process(unchanged: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """Batch and errors; what takes too long is refused, and nobody waits for ever behind another one."""
    text = write_difference(states(unchanged)).encode()
    padding = b" " * limits.DIFFERENCE_HERE_BYTES_MAX
    asked = Asked("s", "1")
    assert read_rdf_body(text + padding, asked) == read_rdf(text, asked)
    for wrong in (wide(3), b"<rdf", text.replace(b"true", b"perhaps")):
        told = []
        for reads, body in ((read_rdf, wrong), (read_rdf_body, wrong + padding)):
            with pytest.raises(TopogroupError) as caught:
                reads(body, asked)
            told.append((type(caught.value), caught.value.code, caught.value.message, caught.value.object))
        assert told[0] == told[1]
    monkeypatch.setattr(limits, "SWITCHING_XML_WAIT_SECONDS", 0.0)
    with rdf_bodies._ONE_AT_A_TIME, pytest.raises(BusyError):
        read_rdf_body(text + padding, asked)
    monkeypatch.setattr(limits, "DIFFERENCE_SECONDS_MAX", 0)
    with pytest.raises(LimitError) as refused:
        read_rdf_body(text + padding, asked)
    assert refused.value.code == "body_too_costly"


@pytest.mark.parametrize(("name", "shown"), [(None, "the upload"), ("Norte 2026.xml", "Norte 2026.xml")])
def test_errors_and_reports_show_no_path(service: Live, name: str | None, shown: str) -> None:
    """Neither in sentences nor as the object."""
    named = {} if name is None else {"name": name}
    broken = service.client.post("/v1/models", content=b"<rdf:RDF", params=named)
    error = failed(service, broken)
    assert error["object"] == shown and error["message"].startswith(shown)
    error = failed(service, send(service, (HEAD + "<x/>" + TAIL).encode(), **named))
    assert "uploads" not in str(error) and shown in error["message"]
    text = SAMPLE.read_bytes()
    answer = service.client.post("/v1/models", content=text + b"\n", params=named)
    location = answer.headers["location"]
    service.until(lambda: service.get(location).json()["state"] == "ready")
    report = service.get(f"{location}/report").json()
    assert report["files"] == [shown] and [one["file"] for one in report["headers"]] == [shown]
    assert str(service.service.directory.path) not in str(report)


def test_places_are_claimed_before_a_model_is_received(unchanged: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """Uploads under way count; a place that is given back is free again."""
    monkeypatch.setattr(limits, "UPLOADS_WAITING_MAX", 2)
    imports: Imports = unchanged.service.imports
    imports.claim()
    imports.claim()
    with pytest.raises(BusyError) as caught:
        imports.claim()
    assert caught.value.code == "imports_full"
    assert send(unchanged, b"x").status_code == 503
    imports.unclaim()
    assert failed(unchanged, send(unchanged, b"x"))["code"]
    imports.unclaim()
    unchanged.service.imports.claim()
    unchanged.service.imports.claim()
    imports.unclaim()
    imports.unclaim()
