"""Remove the elements of a page that are never its article: navigation, sharing, related links, comments, captions."""

from __future__ import annotations

import re
from copy import deepcopy
from functools import lru_cache
from itertools import islice

from lxml.html import HtmlElement

from summaries.fetch.html.blocks import BLOCK_TAGS, HEADINGS, read_blocks
from summaries.fetch.html.html_tree import find_tags, read_line, select

_INVISIBLE = ("script", "style", "noscript", "template")
_NEVER_TEXT = (
    "iframe", "object", "embed", "button", "select", "textarea", "svg", "canvas", "figcaption", "nav", "dialog",
    "video", "audio", "input",
)  # fmt: skip
_AROUND_TEXT = ("aside", "footer", "form")

# Words in classes and ids. WordPress marks an article's element with its tags ("tag-kpk"), so "tag" counts only as the
# whole name or at its end.
_LABEL = re.compile(
    r"(?:^|[\s_-])(?:share|sharing|shares|social|sosmed|medsos|related|relatedposts|terkait|baca-?juga|read-?also|readmore|"
    r"tagcloud|tagging|breadcrumbs?|ads?|advert\w*|iklan|banner|promo|newsletter|subscribe|sidebar|popular|populer|"
    r"terpopuler|trending|terkini|recommend\w*|rekomendasi|linksisip\w*|lihatjg\w*|paging|pagination|caption|credits?|"
    r"copyright|photographer|author-?bio|toolbar|navbar|menu|modal|popup|cookie|gdpr|skip-?link|next-?article|more-?news|"
    r"video-?player|artikel-?lain\w*|berita-?lain\w*|topik|penulis|editor|reporter|byline|"
    r"instagram-media|tiktok-embed|twitter-tweet|fb-post)(?:$|[\s_\d-])"
    r"|(?:^|[\s_-])tags?(?:$|[\s_\d])",
    re.IGNORECASE,
)
_COMMENTS = re.compile(r"(?:^|[\s_-])(?:comments?|komentar|disqus)(?:$|[\s_-])", re.IGNORECASE)
# Embedded posts link to their network.
_POSTS = "//blockquote[.//a[{}]]".format(
    " or ".join(
        f"contains(@href, '{site}/')"
        for site in ("twitter.com", "//x.com", "instagram.com", "tiktok.com", "facebook.com")
    )
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_KEPT = frozenset(("html", "body", "article", "main"))

# Pages of an outlet repeat their names. These bound the memory of the cache to some 300 KB.
_NAMES_KNOWN, _MAX_NAMES_CHARS = 1_000, 200

# An element with this much running text outside links is kept, regardless of its name.
_PROSE_CHARS, _PROSE_BLOCKS = 400, 2
_SENTENCE_CHARS, _MANY_ELEMENTS = 60, 300
_CAPTION_CHARS, _MAX_IMAGES = 500, 50
_SET_APART = ("small", "em", "i")
_NEVER_CAPTIONS = frozenset(("html", "body", "article", "main", "section", "p"))
_LETTER = re.compile(r"[^\W\d_]")


def remove_boilerplate(tree: HtmlElement) -> HtmlElement:
    """Return a copy of the page without boilerplate.

    Elements with much running text outside links are kept, and so are elements inside a line of text regardless of
    their names, because the sentence around them would lose its words.
    """
    bare = deepcopy(tree)
    for element in find_tags(bare, *_INVISIBLE):
        element.drop_tree()
    for element in find_tags(bare, *_NEVER_TEXT):
        _drop(element)
    for element in (*find_tags(bare, *_AROUND_TEXT), *select(bare, _POSTS)):
        # Some sites wrap the whole page in one form.
        if element.tag not in ("form", "blockquote") or not _holds_text(element):
            _drop(element)
    left = [bare]
    lines: dict[HtmlElement, frozenset[HtmlElement]] = {}
    while left:  # top-down, without descending into removed elements
        for child in list(left.pop()):
            if isinstance(child, HtmlElement) and child.attrib and _is_boilerplate(child, lines):
                _drop(child)
            else:
                left.append(child)
    for caption in _find_captions_below_pictures(bare):
        _drop(caption)
    return bare


def _find_captions_below_pictures(bare: HtmlElement) -> list[HtmlElement]:
    """Return the paragraphs in small or italic letters, without a full stop, below paragraphs of a picture alone."""
    found = []
    for image in find_tags(bare, "img")[:_MAX_IMAGES]:
        picture = image.getparent()
        below = picture.getnext() if picture is not None else None
        if picture is None or below is None or {picture.tag, below.tag} != {"p"} or read_line(picture):
            continue
        line = read_line(below)
        is_set_apart = len(below) == 1 and below[0].tag in _SET_APART and read_line(below[0]) == line
        if is_set_apart and len(line) <= _CAPTION_CHARS and not line.endswith((".", "”", '"', "?", "!")):
            found.append(below)
    return found


def _drop(element: HtmlElement) -> None:
    """Remove the element from a page; the words before and after a visible element stay apart."""
    following = element.getnext()
    is_last = not (element.tail and element.tail.strip()) and (following is None or following.tag in BLOCK_TAGS)
    if is_last or is_hidden(element):
        element.drop_tree()
    elif element.tag in BLOCK_TAGS:
        element.clear(keep_tail=True)
        element.tag = "br"
    else:
        element.tail = f" {element.tail or ''}"
        element.drop_tree()


def find_captions(bare: HtmlElement) -> frozenset[str]:
    """Return the texts that share a small element with a picture and nothing else."""
    # Neighbouring images share their ancestors, so each ancestor is measured and read only once.
    chars: dict[HtmlElement, int] = {}
    found: dict[HtmlElement, None] = {}
    for image in find_tags(bare, "img")[:_MAX_IMAGES]:
        around = None
        for ancestor in image.iterancestors():
            if ancestor.tag in _NEVER_CAPTIONS or not isinstance(ancestor, HtmlElement):
                break
            if ancestor not in chars:
                chars[ancestor] = len(read_line(ancestor))
            if chars[ancestor] > _CAPTION_CHARS:
                break
            around = ancestor
        if around is not None:
            found[around] = None
    return frozenset(block.text for around in found if around.find(".//h1") is None for block in read_blocks(around))


def _is_boilerplate(element: HtmlElement, lines: dict[HtmlElement, frozenset[HtmlElement]]) -> bool:
    if element.tag in _KEPT:
        return False
    is_named, is_comments = _read_names(element)
    hidden = is_hidden(element)
    if not (is_named or is_comments or hidden) or element.find(".//h1") is not None:
        return False
    # A heading without links is "page title", not a list of pages.
    is_subheading = element.tag in HEADINGS and element.find(".//a") is None
    if not hidden and (is_subheading or _is_inside_line(element, lines)):
        return False
    return is_comments or not _holds_text(element)


def _is_inside_line(element: HtmlElement, lines: dict[HtmlElement, frozenset[HtmlElement]]) -> bool:
    """Return whether the element is inline and letters precede or follow it on its line.

    `lines` caches `_find_in_lines` by parent.
    """
    if next(element.iter(*BLOCK_TAGS), None) is not None:
        return False
    node, parent = element, element.getparent()
    while parent is not None:
        if parent not in lines:
            lines[parent] = _find_in_lines(parent)
        if node in lines[parent]:
            return True
        if parent.tag in BLOCK_TAGS:
            return False
        node, parent = parent, parent.getparent()
    return False


def _find_in_lines(parent: HtmlElement) -> frozenset[HtmlElement]:
    """Return the children that share their line in the parent with letters.

    Texts of children that are named like boilerplate do not count: they may be neighbouring buttons.
    """
    found: list[HtmlElement] = []
    line: list[HtmlElement] = []
    has_letters = _LETTER.search(parent.text or "") is not None
    for child in parent:
        if next(child.iter(*BLOCK_TAGS), None) is not None:
            found += line if has_letters else ()
            line, has_letters = [], False
        else:
            line.append(child)
            is_named, _ = _read_names(child)
            has_letters = has_letters or (not is_named and _LETTER.search(child.text_content()) is not None)
        has_letters = has_letters or _LETTER.search(child.tail or "") is not None
    return frozenset(found + (line if has_letters else []))


def _read_names(element: HtmlElement) -> tuple[bool, bool]:
    """Return whether the element's classes and id name boilerplate, and whether they name comments."""
    names = f"{element.get('class', '')} {element.get('id', '')}"
    return _judge_known(names) if len(names) <= _MAX_NAMES_CHARS else _judge(names)


def _judge(names: str) -> tuple[bool, bool]:
    return _LABEL.search(names) is not None, _COMMENTS.search(names) is not None


_judge_known = lru_cache(_NAMES_KNOWN)(_judge)


def is_hidden(element: HtmlElement) -> bool:
    if element.get("hidden") is not None:
        return True
    style = element.get("style")
    return style is not None and _HIDDEN.search(style) is not None


def _holds_text(element: HtmlElement) -> bool:
    linked = sum(len(link.text_content()) for link in islice(element.iterdescendants("a"), 200))
    free = len(" ".join(element.text_content().split())) - linked
    if free >= _PROSE_CHARS or free < _SENTENCE_CHARS or sum(1 for _ in element.iterdescendants()) > _MANY_ELEMENTS:
        return free >= _PROSE_CHARS
    return sum(block.is_prose and not block.is_teaser for block in read_blocks(element)) >= _PROSE_BLOCKS
