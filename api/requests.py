"""What clients send, as the OpenAPI document shows it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from cim_models import limits

_FIRST_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_TIME: Final = datetime(9998, 12, 31, tzinfo=UTC)
"""Times that exist in every time zone; those in the future are told apart item by item."""

Id = Annotated[StrictStr, Field(min_length=1, max_length=limits.ID_CHARACTERS_MAX)]
Word = Annotated[StrictStr, Field(min_length=1, max_length=100)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Operation(_Request):
    """One report of a switch."""

    switch: Id = Field(description="Its mRID in any spelling, or a name that only one switch has.")
    open: StrictBool = Field(description="Whether it is open now.")
    phases: Annotated[StrictStr, Field(max_length=20)] | None = Field(None, description="PhaseCode; none = all.")
    at: Annotated[AwareDatetime, Field(ge=_FIRST_TIME, le=_LAST_TIME)] | None = Field(
        None, description="When it happened, with a time zone."
    )
    quality: Word | None = Field(None, description="good, or a word that says why it is in doubt.")


class SwitchingRequest(_Request):
    """A batch of switch states: one revision, one net change."""

    source: Word = Field(description="Who sends it.")
    sequence: Annotated[StrictInt, Field(ge=0, lt=2**63)] | Word = Field(description="Number or message id there.")
    atomic: StrictBool = Field(False, description="Any bad item rejects all.")
    operations: list[Operation] = Field(max_length=limits.SWITCHING_OPERATIONS_MAX)


Instant = Annotated[AwareDatetime, Field(ge=_FIRST_TIME, le=_LAST_TIME)]
PlaceText = Annotated[StrictStr, Field(max_length=limits.ID_CHARACTERS_MAX)]


class DeviceRequest(_Request):
    """A temporary device: a line cut, two places joined by a jumper, a mobile source."""

    source: Word = Field(description="Who sends it.")
    sequence: Annotated[StrictInt, Field(ge=0, lt=2**63)] | Word = Field(description="Number or message id there.")
    id: Annotated[StrictStr, Field(min_length=1, max_length=limits.DEVICE_ID_CHARACTERS_MAX)] = Field(
        description="What it is called; DELETE takes it away by this."
    )
    kind: Literal["cut", "jumper", "source"]
    place: Id = Field(description="Line of a cut; else a node, or equipment with one end, or ID/1, ID/2 for an end.")
    place2: Id | None = Field(None, description="The other place of a jumper.")
    phases: Annotated[StrictStr, Field(max_length=20)] | None = Field(None, description="PhaseCode; none = all.")
    until: Instant | None = Field(None, description="When it is to be gone; it stays until it is taken away.")


class PlanRow(_Request):
    """One row of a switching plan, with the columns of PLAN.csv."""

    step: Annotated[StrictInt, Field(ge=0, lt=2**63)] | Word = Field(description="Rows of one step are one operation.")
    switch: Id = Field(description="mRID or unique name of a switch; for cut, jumper, source, remove: the device's id.")
    action: Word = Field(description="open, close, cut, jumper, source or remove.")
    phases: Annotated[StrictStr, Field(max_length=20)] | None = Field(None, description="PhaseCode; none = all.")
    at: Annotated[StrictStr, Field(max_length=100)] | None = Field(None, description="A note; nothing waits for it.")
    comment: Annotated[StrictStr, Field(max_length=1_000)] | None = None
    place: PlaceText | None = None
    place2: PlaceText | None = None
    until: Annotated[StrictStr, Field(max_length=100)] | None = None


class PlanRequest(_Request):
    """A switching plan to try: it changes nothing."""

    rows: list[PlanRow] = Field(min_length=1, max_length=limits.PLAN_ROWS_MAX)


class GroupRequest(_Request):
    """A group: listed members, or criteria."""

    mrid: Id | None = Field(None, description="Its id; derived where it is not given.")
    name: Annotated[StrictStr, Field(min_length=1, max_length=limits.GROUP_NAME_CHARACTERS_MAX)]
    members: Annotated[list[Id], Field(max_length=limits.GROUP_MEMBERS_MAX)] | None = Field(
        None, description="mRIDs or unique names of DER."
    )
    criteria: StrictStr | StrictBool | dict[str, Any] | None = Field(None, description="CQL2 text, or CQL2-JSON.")
    policies: dict[str, StrictStr] | None = Field(None, description="What is to be done with special cases.")


class TemplateRequest(_Request):
    """One group for each object of a kind, or for each combination."""

    by: Annotated[list[Word], Field(min_length=1, max_length=10)]


class QueryRequest(_Request):
    """A question to the RDF store: a named one, or SPARQL that only reads."""

    query: Word | None = Field(None, description="The name of a question; GET /v1/sparql lists them.")
    sparql: StrictStr | None = Field(None, description="SELECT, ASK, CONSTRUCT or DESCRIBE; in place of query.")
    parameters: dict[Word, StrictStr] = Field(default_factory=dict, description="The text of each parameter.")
