"""Blocks of a message: quotes, code, tables, headings, lists, formulas, paragraphs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from contrail.markdown.contents import Contents
from contrail.markdown.emphasis import Emphasis
from contrail.markdown.inline import CellContents, Inline, StarItemContents
from contrail.markdown.lookahead import FAR, Next
from contrail.markdown.nodes import BLANKS, Node, finished, merged, named, plain, valued, wrapped

Block = tuple[int, Node]

END_OF_LINE = re.compile(r"\r\n|\n|\r")
BLANK_LINE = re.compile(r"[ \t]*+(?:\r\n|\n|\r)")
QUOTED = re.compile(r">[ \t]*+")
FENCE = re.compile(r"```([a-zA-Z0-9 _\-.]++)?(?:\r\n|\n|\r)")
FENCED = re.compile(r"(?:[^\r\n`]|`(?!``))++")
FENCE_END = re.compile(r"(?:\r\n|\n|\r)```")
RULE = re.compile(r"[ \t]*+(---++)[ \t]*+(?:\r\n|\n|\r|\Z)")
DELIMITER = re.compile(r"[ \t]*+(:?)-++(:?)[ \t]*+\|")
HEADING = re.compile(r"(#{1,4}+)[ \t]++")
TASK = re.compile(r"- \[([x ])\][ \t]++")
NUMBERED = re.compile(r"([0-9]++)\.[ \t]++")
DASHED = re.compile(r"-[ \t]++")
STARRED = re.compile(r"\*[ \t]++")
ALIGNMENTS = {(":", ":"): "center", ("", ":"): "right", (":", ""): "left"}
LARGEST_EXACT = 1 << 53


class Blocks:
    """Reads the blocks of one text. A place is where a block would begin."""

    def __init__(self, emphasis: Emphasis) -> None:
        self._text = emphasis.text
        self._line = Inline(emphasis)
        self._star_item = StarItemContents(self._line)
        self._cell = CellContents(self._line)
        options = emphasis.leaves.options
        marks = [(r"\[", r"\\\]")] * options.parenthesis_katex + [
            ("$$", r"\$\$")
        ] * options.dollar_katex
        self._katex_starts = tuple("\\[" if mark == r"\[" else mark for mark, _ in marks)
        self._katex_ends = Next(re.compile("|".join(end for _, end in marks)), self._text)
        self._kinds: dict[str, tuple[Callable[[int], Block | None], ...]] = {
            ">": (self._quote,),
            "|": (self._spoiler, self._table),
            "`": (self._code,),
            "#": (self._heading,),
            "-": (self._rule, self._tasks, self._dashed_list),
            "*": (self._starred_list,),
            " ": (self._rule, self._line_break),
            "\t": (self._rule, self._line_break),
            "\r": (self._line_break,),
            "\n": (self._line_break,),
            "\\": (self._katex,),
            "$": (self._katex,),
            **dict.fromkeys("0123456789", (self._numbered_list,)),
        }

    def __iter__(self) -> Iterator[Node]:
        place = 0
        while place < len(self._text):
            place, node = self._block(place)
            yield node

    def _block(self, place: int) -> Block:
        for kind in self._kinds.get(self._text[place], ()):
            if block := kind(place):
                return block
        found = self._paragraph(place)
        assert found, "any character is at least text"
        return found

    def _inline(self, place: int) -> tuple[int, list[Node]] | None:
        """What one line holds, with its end; None if it holds nothing."""
        return self._contents(self._line, place)

    def _contents(self, contents: Contents, place: int) -> tuple[int, list[Node]] | None:
        end = contents.end(place)
        if end == place:
            return None
        return self._past_line(end), finished(contents.values(place))

    def _past_line(self, place: int) -> int:
        match = END_OF_LINE.match(self._text, place)
        return match.end() if match else place

    def _paragraph(self, place: int) -> Block | None:
        found = self._inline(place)
        return (found[0], valued("PARAGRAPH", found[1])) if found else None

    def _quote(self, place: int) -> Block | None:
        lines: list[Node] = []
        while quoted := QUOTED.match(self._text, place):
            if blank := END_OF_LINE.match(self._text, quoted.end()):
                line = blank.end(), valued("PARAGRAPH", [plain("")])
            elif (found := self._paragraph(quoted.end())) is not None:
                line = found
            else:
                break
            place = line[0]
            lines.append(line[1])
        return (place, valued("QUOTE", lines)) if lines else None

    def _spoiler(self, place: int) -> Block | None:
        opened = END_OF_LINE.match(self._text, place + 2)
        if not self._text.startswith("||", place) or opened is None:
            return None
        place = opened.end()
        starts = []
        while not self._text.startswith("||", place) and self._line.end(place) > place:
            starts.append(place)
            place = self._past_line(self._line.end(place))
        place = self._past_line(place)
        if not starts or not self._text.startswith("||", place):
            return None
        lines = [valued("PARAGRAPH", finished(self._line.values(start))) for start in starts]
        return place + 2, valued("SPOILER_BLOCK", lines)

    def _code(self, place: int) -> Block | None:
        fence = FENCE.match(self._text, place)
        if fence is None:
            return None
        place = fence.end()
        lines = []
        while True:
            if match := FENCED.match(self._text, place):
                line = match[0]
            elif not self._text.startswith("\n", place):
                break
            elif match := FENCED.match(self._text, place + 1):
                line = match[0]
            elif self._text.startswith("```", place + 1):
                break
            else:
                line = ""
            place = match.end() if match else place + 1
            lines.append(named("CODE_LINE", line))
        end = FENCE_END.match(self._text, place)
        if not lines or end is None:
            return None
        return end.end(), {"type": "CODE", "language": fence[1] or "none", "value": lines}

    def _rule(self, place: int) -> Block | None:
        rule = RULE.match(self._text, place)
        if rule is None:
            return None
        return rule.end(), {"type": "HORIZONTAL_RULE", "fallback": list(rule.span(1))}

    def _table(self, place: int) -> Block | None:
        header = self._row(place)
        aligned = self._alignments(header[0]) if header else None
        if header is None or aligned is None:
            return None
        end, aligns = aligned
        rows = []
        while row := self._row(end):
            end = row[0]
            rows.append(valued("TABLE_ROW", _cells(row[1], aligns, len(header[1]))))
        value = {"header": _cells(header[1], aligns, len(header[1])), "rows": rows}
        return end, {"type": "TABLE", "value": value, "fallback": [place, end]}

    def _row(self, place: int) -> tuple[int, list[list[Node]]] | None:
        if not self._text.startswith("|", place):
            return None
        place += 1
        starts = []
        while self._text.startswith("|", end := self._cell.end(place)):
            starts.append(place)
            place = end + 1
        if not starts:
            return None
        return self._past_line(place), [_trimmed(self._cell, start) for start in starts]

    def _alignments(self, place: int) -> tuple[int, list[str | None]] | None:
        if not self._text.startswith("|", place):
            return None
        place += 1
        aligns = []
        while cell := DELIMITER.match(self._text, place):
            aligns.append(ALIGNMENTS.get((cell[1], cell[2])))
            place = cell.end()
        return (self._past_line(place), aligns) if aligns else None

    def _heading(self, place: int) -> Block | None:
        heading = HEADING.match(self._text, place)
        found = self._inline(heading.end()) if heading else None
        if heading is None or found is None:
            return None
        return found[0], {"type": "HEADING", "level": len(heading[1]), "value": found[1]}

    def _tasks(self, place: int) -> Block | None:
        return self._list(place, "TASKS", TASK, self._line)

    def _numbered_list(self, place: int) -> Block | None:
        return self._list(place, "ORDERED_LIST", NUMBERED, self._line)

    def _dashed_list(self, place: int) -> Block | None:
        return self._list(place, "UNORDERED_LIST", DASHED, self._line)

    def _starred_list(self, place: int) -> Block | None:
        return self._list(place, "UNORDERED_LIST", STARRED, self._star_item)

    def _list(
        self, place: int, kind: str, marker: re.Pattern[str], contents: Contents
    ) -> Block | None:
        items: list[Node] = []
        while marked := marker.match(self._text, place):
            if contents is self._star_item and self._text.startswith(
                "*", contents.end(marked.end())
            ):
                break
            found = self._contents(contents, marked.end())
            if found is None:
                break
            place, value = found
            items.append(_list_item(kind, marked, value))
        return (place, valued(kind, items)) if items else None

    def _katex(self, place: int) -> Block | None:
        if not self._katex_starts or not self._text.startswith(self._katex_starts, place):
            return None
        end = self._katex_ends.at(place + 2)
        return (end + 2, valued("KATEX", self._text[place + 2 : end])) if end != FAR else None

    def _line_break(self, place: int) -> Block | None:
        blank = BLANK_LINE.match(self._text, place)
        return (blank.end(), {"type": "LINE_BREAK"}) if blank else None


def _trimmed(contents: Contents, start: int) -> list[Node]:
    """A cell without the blanks around its contents."""
    pieces = merged(contents.values(start))
    if pieces and isinstance(pieces[0], str):
        pieces[0] = pieces[0].lstrip(BLANKS)
    if pieces and isinstance(pieces[-1], str):
        pieces[-1] = pieces[-1].rstrip(BLANKS)
    return wrapped(piece for piece in pieces if piece)


def _list_item(kind: str, marked: re.Match[str], value: list[Node]) -> Node:
    if kind == "TASKS":
        return {"type": "TASK", "status": marked[1] == "x", "value": value}
    if kind == "ORDERED_LIST":
        return {**valued("LIST_ITEM", value), "number": _number(marked[1])}
    return valued("LIST_ITEM", value)


def _number(digits: str) -> int | float:
    """As JavaScript counts; larger ones also fit no database."""
    exact = len(digits) < 17 and int(digits) <= LARGEST_EXACT
    return int(digits) if exact else float(digits)


def _cells(cells: list[list[Node]], aligns: list[str | None], columns: int) -> list[Node]:
    """As many cells as the table has columns, each aligned as its column."""
    made = []
    for column in range(columns):
        cell = valued("TABLE_CELL", cells[column] if column < len(cells) else [])
        if column < len(aligns) and aligns[column]:
            cell["align"] = aligns[column]
        made.append(cell)
    return made
