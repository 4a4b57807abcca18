"""Adopting: what a scanned document says becomes the builder's, as the conforming reader would add it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cim_models import catalogue
from cim_models.scan.linked import Linked
from cim_models.scan.names import Names
from cim_models.statements import Header, StatementBuilder

Ints = npt.NDArray[np.int64]


def adopt(builder: StatementBuilder, linked: Linked, names: Names, header: Header) -> None:
    """Add all that a document says.

    Args:
        builder: gets it.
        linked: objects and statements of the document.
        names: its classes and properties.
        header: what it says of itself.

    Raises:
        LimitError: there are too many statements.
    """
    builder.files.append(header)
    rows = _columns(builder, linked, names)
    spellings = linked.spellings[: linked.spelling_bytes].tobytes().decode("ascii")
    declared = np.concatenate(linked.declared) if linked.declared else np.empty((0, 6), np.int64)
    class_of = [names.known.get(tag, "") for tag in range(1 + int(declared[:, 1].max(initial=0)))]
    generic = np.array([name in catalogue.GENERIC_CLASSES for name in class_of], np.bool_)
    ranks = np.where(generic[declared[:, 1]], 0, 2) + declared[:, 3] + 1
    once = np.bincount(declared[:, 0], minlength=linked.count)[declared[:, 0]] == 1
    if builder.canonical:
        written = _cut(spellings, linked.objects[: linked.count, 4], linked.objects[: linked.count, 5])
        number = np.fromiter(map(builder.object_named, written), np.int64, len(written))
        _renumber(builder, rows, number)
        class_name = builder.class_name
        # objects of other documents may have a class already
        once &= np.array([class_name[obj] is None for obj in number[declared[:, 0]].tolist()], np.bool_)
        for row in np.flatnonzero(once).tolist():
            _declare(builder, declared[row].tolist(), number, class_of, spellings)
    else:
        number = np.arange(linked.count)
        _add_objects(builder, linked, declared[once], ranks[once], class_of, spellings)
    for row in np.flatnonzero(~once).tolist():
        _declare(builder, declared[row].tolist(), number, class_of, spellings)
    builder.check_size()


def _add_objects(
    builder: StatementBuilder, linked: Linked, declared: Ints, ranks: Ints, class_of: list[str], spellings: str
) -> None:
    """Add all objects of the first document; those that it declares once get their classes.

    Args:
        builder: gets them.
        linked: the objects.
        declared: int64[n, 6]; declarations of objects that are declared once.
        ranks: int64[n]; how telling these are, as `StatementBuilder.declare` has it.
        class_of: class of each tag.
        spellings: all spellings.
    """
    count = linked.count
    begins, sizes = linked.objects[:count, 4].copy(), linked.objects[:count, 5].copy()
    tag, rank, line = np.full(count, -1), np.zeros(count, np.int64), np.zeros(count, np.int32)
    file = np.full(count, -1, np.int32)
    obj = declared[:, 0]
    tag[obj], rank[obj], line[obj], file[obj] = declared[:, 1], ranks, declared[:, 2], len(builder.files) - 1
    begins[obj], sizes[obj] = declared[:, 4], declared[:, 5]
    ends = linked.objects[:count, 3]
    ids = linked.ids[: int(ends[-1]) if count else 0].tobytes().decode("ascii")
    builder.canonical += _cut(ids, np.concatenate([[0], ends[:-1]]) if count else ends, np.diff(ends, prepend=0))
    builder.spelling += _cut(spellings, begins, sizes)
    builder.class_name += np.array([*class_of, None], object)[tag].tolist()
    builder.class_rank += rank.tolist()
    builder.file.frombytes(file.view(np.uint8).data)
    builder.line.frombytes(line.view(np.uint8).data)


def _cut(text: str, begins: Ints, sizes: Ints) -> list[str]:
    """Cut texts out of one text."""
    return [text[a:b] for a, b in zip(begins.tolist(), (begins + sizes).tolist(), strict=True)]


def _declare(builder: StatementBuilder, declared: list[int], number: Ints, class_of: list[str], spellings: str) -> None:
    obj, tag, line, defines, begin, size = declared
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
