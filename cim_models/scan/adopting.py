"""Adopting: what a scanned document says becomes the builder's, as the conforming reader would add it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from cim_models import catalogue
from cim_models.scan.linked import Linked
from cim_models.scan.names import Names
from cim_models.statements import Header, StatementBuilder

Ints = npt.NDArray[np.int64]

_OBJECTS_AT_ONCE: Final = 1 << 14
_NO_BYTES: Final = np.empty(0, np.uint8)


def adopt(builder: StatementBuilder, linked: Linked, names: Names, header: Header) -> None:
    """Add all that a document says.

    Args:
        builder: gets it.
        linked: objects and statements of the document; what was taken from it is gone then, for the sake of memory.
        names: its classes and properties.
        header: what it says of itself.

    Raises:
        LimitError: there are too many statements.
    """
    builder.files.append(header)
    rows = _columns(builder, linked, names)
    spellings = str(linked.spellings[: linked.spelling_bytes].data, "ascii")
    linked.spellings = _NO_BYTES
    declared, linked.declared = linked.declared, []
    last = max((int(part[:, 1].max(initial=0)) for part in declared), default=0)
    class_of = [names.known.get(tag, "") for tag in range(1 + last)]
    often = _often(declared, linked.count)
    if builder.canonical:
        written = list(_cut(spellings, linked.objects[: linked.count, 4], linked.objects[: linked.count, 5]))
        number = np.fromiter(map(builder.object_named, written), np.int64, len(written))
        _renumber(builder, rows, number)
        # objects of other documents may have a class already
        often |= np.array([builder.class_name[obj] is not None for obj in number.tolist()], np.bool_)
        for part in declared:
            _declare(builder, part[~often[part[:, 0]]], number, class_of, spellings)
    else:
        number = np.arange(linked.count)
        _add_objects(builder, linked, (part[~often[part[:, 0]]] for part in declared), class_of, spellings)
    for part in declared:
        _declare(builder, part[often[part[:, 0]]], number, class_of, spellings)
    builder.check_size()


def _often(declared: list[Ints], count: int) -> npt.NDArray[np.bool_]:
    """Tell which objects are declared several times; a bool for each."""
    once, often = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    for part in declared:
        obj, times = np.unique(part[:, 0], return_counts=True)
        often[obj] |= once[obj] | (times > 1)
        once[obj] = True
    return often


def _add_objects(
    builder: StatementBuilder, linked: Linked, declared: Iterable[Ints], class_of: list[str], spellings: str
) -> None:
    """Add all objects of the first document; those that it declares once get their classes.

    Args:
        builder: gets them.
        linked: the objects; they are gone then.
        declared: int64[n, 6] a window; declarations of objects that are declared once.
        class_of: class of each tag.
        spellings: all spellings.
    """
    count = linked.count
    objects = linked.objects
    linked.objects, linked.ids = np.empty((0, 6), np.int64), _NO_BYTES
    tag, rank, line = np.full(count, -1, np.int32), np.zeros(count, np.int8), np.zeros(count, np.int32)
    file = np.full(count, -1, np.int32)
    generic = np.array([name in catalogue.GENERIC_CLASSES for name in class_of], np.bool_)
    for part in declared:
        obj = part[:, 0]
        tag[obj], line[obj], file[obj] = part[:, 1], part[:, 2], len(builder.files) - 1
        rank[obj] = np.where(generic[part[:, 1]], 0, 2) + part[:, 3] + 1  # as `StatementBuilder.declare` has it
        objects[obj, 4:] = part[:, 4:]
    builder.canonical, linked.canonical = linked.canonical, []
    builder.spelling.take(spellings, objects[:count, 4], objects[:count, 5])
    del objects
    builder.class_name += np.array([*class_of, None], object)[tag].tolist()
    builder.class_rank += rank.tolist()
    builder.file.frombytes(file.view(np.uint8).data)
    builder.line.frombytes(line.view(np.uint8).data)


def _cut(text: str, begins: Ints, sizes: Ints) -> Iterator[str]:
    """Cut texts out of one text, some at a time: positions as numbers of Python take more memory than texts."""
    for first in range(0, len(begins), _OBJECTS_AT_ONCE):
        begin = begins[first : first + _OBJECTS_AT_ONCE]
        end = begin + sizes[first : first + _OBJECTS_AT_ONCE]
        yield from [text[a:b] for a, b in zip(begin.tolist(), end.tolist(), strict=True)]


def _declare(builder: StatementBuilder, part: Ints, number: Ints, class_of: list[str], spellings: str) -> None:
    """Declare objects one by one; those of the builder are `number`."""
    for obj, tag, line, defines, begin, size in part.tolist():
        written = spellings[begin : begin + size]
        builder.declare(int(number[obj]), class_of[tag], written, defines=bool(defines), line=line)


def _columns(builder: StatementBuilder, linked: Linked, names: Names) -> slice:
    """Append the statements; return which rows they are. Objects are still those of the document."""
    codes = [builder.predicate_code(names.known[tag]) for tag in linked.properties]
    before, texts, n_bytes = len(builder.subject), len(builder.literal_end), len(builder.literals)
    if codes != list(range(len(codes))):
        predicate = np.frombuffer(linked.predicate, np.int32)
        predicate[:] = np.array(codes, np.int32)[predicate]
        del predicate
    if before == 0 and texts == 0:
        builder.subject, builder.predicate, builder.object = linked.subject, linked.predicate, linked.object
        builder.literal_end, builder.literals = linked.ends, linked.texts
        return slice(0, len(linked.subject))
    target, ends = np.frombuffer(linked.object, np.int32), np.frombuffer(linked.ends, np.int64)
    if target.size:
        target[target < 0] -= texts
    if ends.size:
        ends += n_bytes
    del target, ends
    builder.subject += linked.subject
    builder.predicate += linked.predicate
    builder.object += linked.object
    builder.literal_end += linked.ends
    builder.literals += linked.texts
    return slice(before, len(builder.subject))


def _renumber(builder: StatementBuilder, rows: slice, number: Ints) -> None:
    """Turn the objects of a document into those of the builder."""
    if rows.start == rows.stop:
        return
    subject = np.frombuffer(builder.subject, np.int32)[rows]
    subject[:] = number[subject]
    target = np.frombuffer(builder.object, np.int32)[rows]
    real = target >= 0
    target[real] = number[target[real]]
