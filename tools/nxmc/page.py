"""Pages of HTML that need nothing but themselves: no other files, no network, no scripts.

Whatever is put into a page is text, unless it is `Markup`.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STYLE = """
:root { color-scheme: light; --ink: #1b1f24; --pale: #57606a; --line: #d0d7de; --ground: #ffffff; --card: #f6f8fa; --link: #0b5394; --bad: #a40000; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 0 1.2rem 4rem; color: var(--ink); background: var(--ground);
       font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif; overflow-wrap: break-word; }
a { color: var(--link); }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--ground); padding: .3rem .6rem; }
h1 { font-size: 1.7rem; margin: 1.6rem 0 .2rem; } h2 { font-size: 1.35rem; margin: 2.4rem 0 .6rem; border-bottom: 1px solid var(--line); }
.lead { color: var(--pale); margin: 0 0 1rem; }
nav ul { margin: .3rem 0; padding-left: 1.2rem; }
dl.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .2rem 1.2rem; margin: .8rem 0; }
dl.facts dt { color: var(--pale); } dl.facts dd { margin: 0; }
figure { margin: 1.2rem 0; padding: .8rem; border: 1px solid var(--line); border-radius: 6px; background: #ffffff; color: #1b1f24; }
figure svg, figure img { display: block; max-width: 100%; height: auto; margin: 0 auto; }
figcaption { margin-top: .6rem; color: #57606a; font-size: .92rem; }
.scroll { overflow-x: auto; margin: .8rem 0; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--pale); padding: .2rem 0; }
th, td { padding: .18rem .7rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; vertical-align: top; }
th { background: var(--card); } td.word, th.word { text-align: left; } .long { white-space: normal; min-width: 9rem; max-width: 30rem; text-align: left; } tbody th.long { font-weight: normal; }
code, pre { font: .86rem/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
code.command { display: block; overflow-x: auto; white-space: pre-wrap; background: var(--card); color: var(--ink); padding: .35rem .6rem; border-radius: 4px; margin-top: .35rem; }
pre { background: var(--card); padding: .8rem; overflow-x: auto; white-space: pre-wrap; }
.note { color: var(--bad); } .yes { color: #116329; } .no { color: var(--bad); font-weight: 600; }
@media (max-width: 40rem) { dl.facts { grid-template-columns: 1fr; } dl.facts dd { margin-bottom: .4rem; } }
@media (prefers-color-scheme: dark) {
  :root { color-scheme: dark; --ink: #e6edf3; --pale: #9da7b3; --line: #3d444d; --ground: #0d1117; --card: #161b22; --link: #79c0ff; --bad: #ff938a; }
  .yes { color: #7ee787; } }
@media print {
  body { max-width: none; font-size: 11px; padding: 0; } nav, .skip { display: none; }
  figure, tr { break-inside: avoid; } h2 { break-after: avoid; } .scroll { overflow: visible; }
  table { font-size: 8px; } th, td { padding: .1rem .3rem; white-space: normal; } details::details-content { content-visibility: visible; block-size: auto; } }
"""


class Markup(str):
    """A piece of HTML."""


def text(words: object) -> Markup:
    return words if isinstance(words, Markup) else Markup(html.escape(str(words), quote=True))


def element(name: str, *inside: object, **attributes: str) -> Markup:
    """`class_` stands for class, and other underscores for hyphens."""
    given = "".join(f' {key.rstrip("_").replace("_", "-")}="{text(value)}"' for key, value in attributes.items())
    return Markup(f"<{name}{given}>{''.join(text(each) for each in inside)}</{name}>")


def joined(parts: Iterable[object]) -> Markup:
    return Markup("".join(text(part) for part in parts))


def command(words: str) -> Markup:
    return element("code", words, class_="command")


@dataclass(frozen=True)
class Column:
    """Of a table. Words begin at the left; long ones may have several lines."""

    title: object
    kind: str = "number"


def table(caption: object, columns: Sequence[Column], rows: Sequence[Sequence[object]]) -> Markup:
    """The first column names the rows."""
    head = element("tr", *(element("th", column.title, scope="col", class_=column.kind) for column in columns))
    body = []
    for row in rows:
        name, *others = zip(row, columns)
        cells = [element("th", name[0], scope="row", class_=name[1].kind), *(element("td", cell, class_=column.kind) for cell, column in others)]
        body.append(element("tr", *cells))
    inside = element("table", element("caption", caption), element("thead", head), element("tbody", *body))
    return element("div", inside, class_="scroll", tabindex="0", role="region", aria_label=re.sub(r"<[^>]*>", "", str(caption)))


def facts(pairs: Iterable[tuple[object, object]]) -> Markup:
    """Names and what they are."""
    return element("dl", *(joined([element("dt", name), element("dd", value)]) for name, value in pairs), class_="facts")


def inline_svg(drawn: Figure, name: str, title: str) -> Markup:
    """A figure as part of a page. Of the names inside of it those stay that are used, with that of the figure in front: a page may have several.

    name    a word, different for every figure of the page
    title   what somebody hears who does not see it
    """
    buffer = io.StringIO()
    drawn.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    svg = buffer.getvalue()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    used = set(re.findall(r'(?:href="|url\()#([^")]*)', svg))
    svg = re.sub(r' id="([^"]*)"', lambda found: f' id="{name}-{found[1]}"' if found[1] in used else "", svg)
    svg = re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", svg)
    svg = re.sub(r">\s+<", "><", svg)
    label = f'role="img" aria-labelledby="{name}-title"'
    return Markup(re.sub(r"<svg ([^>]*)>", rf'<svg {label} \1><title id="{name}-title">{text(title)}</title>', svg, count=1))


@dataclass
class Section:
    """A part of a page under a heading of its own."""

    title: str
    parts: list[Markup] = field(default_factory=list)

    def add(self, *parts: Markup) -> None:
        self.parts.extend(parts)


def page(title: str, lead: object, sections: Sequence[Section], refresh_seconds: int | None = None) -> str:
    """A whole page with a list of its contents."""
    numbered = [(f"s{k}", section) for k, section in enumerate(sections, start=1)]
    entries = [element("li", element("a", section.title, href=f"#{name}")) for name, section in numbered]
    body = [element("section", element("h2", section.title, id=name), *section.parts, aria_labelledby=name) for name, section in numbered]
    again = f'<meta http-equiv="refresh" content="{refresh_seconds}">' if refresh_seconds else ""
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">{again}<title>{text(title)}</title><style>{STYLE}</style>'
    parts = [
        element("a", "Skip to the content", href="#content", class_="skip"),
        element("header", element("h1", title), element("p", lead, class_="lead")),
        element("nav", element("ul", *entries), aria_label="Contents"),
        element("main", *body, id="content"),
    ]
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>{"".join(parts)}</body></html>\n'
