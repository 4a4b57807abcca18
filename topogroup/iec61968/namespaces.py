"""XML namespaces of the messages: those of the 2017 draft unless a site agrees on others with its peers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Namespaces:
    """The namespace strings as configuration values; the ones of the 2020 edition are not public.

    Attributes:
        message: the envelope of IEC 61968-100:2013.
        groups: the profile DERGroups.
        groups_message: the wrapper elements Created/Changed/DeletedDERGroups.
        operation_set_message: the wrapper element ExecutedDERGroupsOperationSet.
    """

    message: str = "http://iec.ch/TC57/2011/schema/message"
    groups: str = "http://iec.ch/TC57/2017/DERGroups#"
    groups_message: str = "http://iec.ch/TC57/2017/DERGroupsMessage"
    operation_set_message: str = "http://iec.ch/TC57/2017/DERGroupsOperationSetMessage"


DRAFT_2017: Final = Namespaces()
"""The namespaces of the public 2017 draft."""
