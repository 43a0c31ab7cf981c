"""Canonical addresses, and the keys under which articles are stored.

`canonicalize_url` returns an address to show and to open. `make_url_key` is for comparison only: it also drops the
parts that do not distinguish articles (scheme, "www.", a trailing slash, the page number, a slug after an article's
number). courlan was rejected for the query: its tracker pattern also removes parameters such as "gallery".
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import cache, lru_cache
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from publicsuffixlist import PublicSuffixList

from summaries.model import Article

# Longer addresses are refused (see `fetch.client.address_policy`), and host names are limited by RFC 1035.
MAX_URL_CHARS = 2048
MAX_HOST_CHARS = 253

_DEFAULT_PORTS = {"http": 80, "https": 443}

# Parameters that identify the referrer or the page layout, never the article.
_TRACKING_PREFIXES = ("utm_", "mc_", "pk_", "mtm_", "itm_", "hsa_", "at_", "ns_", "wt_", "_hs", "oly_", "vero_", "ga_")
_TRACKING_NAMES = (
    "fbclid gclid dclid gbraid wbraid msclkid yclid twclid ttclid igshid igsh li_fat_id s_kwcid _ga _gl gad_source "
    "fb_action_ids fb_action_types fb_source mkt_tok mkevt ref ref_src ref_url referrer source src from spm scid "
    "cmpid cmp campaign campaign_id xtor partner share shared sharedfrom smid sr_share tag_from amp amp_js_v "
    "amp_gsa usqp outputtype __twitter_impression print cetak mobile desktop nocache _ ncid ocid traffic_source "
    "sumber jxconn jxrefer medium ftag icid"
)
_TRACKING = frozenset(_TRACKING_NAMES.split())
_PAGE = frozenset({"page", "halaman", "hal", "showpage", "singlepage", "single"})
_PAGE_VALUE = re.compile(r"(?:\d{1,2}|all|semua|true|)", re.IGNORECASE)

# Labels before a site's name for other layouts of its pages.
_LAYOUTS = frozenset({"m", "amp", "mobile", "wap"})
_SITE_NAME = re.compile(r"(?:[a-z0-9_-]++\.)++[a-z][a-z0-9-]*+")
_AMP_CACHE = re.compile(r"/(?:amp|c|v|a|i)/(?:s/)?(?P<target>[\w.-]+\.[a-z]{2,}/.*)", re.IGNORECASE)
_AMP_SUFFIX = re.compile(r"[./-]amp(?=(?:\.html?)?/?$)", re.IGNORECASE)
_AMP_SUFFIX_CHARS = len(".amp.html/")

# The number of an article in its address: "d-4551234", "624490", "20190515100517-106-394967", "nxc181330".
_NUMBER_SEGMENT = re.compile(r"(?:[a-z]{1,6}-?)?\d{5,20}(?:-\d{1,12}){0,3}", re.IGNORECASE)
_NUMBERED_SLUG = re.compile(r"((?:[a-z]{1,3}-?)?\d{6,20})-(?>[^/]*?[a-z]{2})[^/]*+", re.IGNORECASE)
_SLUG_NUMBERED = re.compile(
    r"(?>[^/]*?[a-z]{2})[^/]*(?<!rp)-(\d{7,12})(?:\.html?)?", re.IGNORECASE
)  # a price is not a number
_PART = re.compile(r"[1-9]\d?")
_DAY = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_SLUG = re.compile(r"(?>[^/]*?[a-z])(?>[^/]*?[-_+.])[^/]*+|[a-z]++", re.IGNORECASE)

_UNRESERVED_IN_PATH = "/:@!$&'()*+,;=~-._"
_WORDS = re.compile(r"\w+")


def canonicalize_url(url: str) -> str:
    """Return the canonical address of the article, shared by all links to it.

    Lower-case host without "m." or "amp.", no default port, fragment or tracking parameters, AMP caches unwrapped, the
    query sorted. Idempotent. Text that is not a web address is only stripped.
    """
    url = url.strip()
    for _ in range(len(url)):  # an address may be wrapped several times; each iteration unwraps one layer
        plain = _canonicalize_once(url) if len(url) <= MAX_URL_CHARS else url
        if plain == url:
            break
        url = plain
    return url


def _canonicalize_once(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return url
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not 0 < len(host) <= MAX_HOST_CHARS or parts.username is not None:
        return url
    if (target := _find_cached_page(parts)) is not None:
        return target
    host = _normalize_host(host)
    if ":" in host:
        host = f"[{host}]"
    netloc = host if port in (None, _DEFAULT_PORTS[scheme]) else f"{host}:{port}"
    return urlunsplit((scheme, netloc, _normalize_path(parts.path), _strip_tracking(parts.query), ""))


def _find_cached_page(parts: SplitResult) -> str | None:
    """Return the address of the page behind an AMP cache address."""
    host, path = (parts.hostname or "").rstrip("."), parts.path
    is_google = host in {"www.google.com", "www.google.co.id", "google.com"} and path.startswith("/amp/")
    found = _AMP_CACHE.fullmatch(path) if is_google or host.endswith(".cdn.ampproject.org") else None
    if found is None:
        return None
    target: str = found["target"]
    target_host, _, target_path = target.partition("/")
    return urlunsplit(("https", target_host.lower(), "/" + target_path, parts.query, ""))


def unwrap_amp_url(url: str) -> str:
    """Return the page's own address if `url` is an AMP cache address; any other address unchanged."""
    # Each step shortens the path, so the loop ends.
    while (parts := split_url(url)) is not None and (page := _find_cached_page(parts)) is not None:
        url = page
    return url


def _normalize_host(host: str) -> str:
    labels = host.split(".")
    site = next((at for at, label in enumerate(labels[:-2]) if label not in _LAYOUTS), max(0, len(labels) - 2))
    plain = ".".join(labels[site:])
    if plain == host or _SITE_NAME.fullmatch(plain) is None:
        return host
    # If "m.<rest>" would leave a public suffix, "m" is the site's own name: "m.blogspot.com" is a blog.
    return host if load_public_suffixes().publicsuffix(plain) == plain else plain


@cache
def load_public_suffixes() -> PublicSuffixList:
    """Load the suffixes under which anybody may register a name: "co.id" and "blogspot.com" alike."""
    return PublicSuffixList()


def get_registrable_domain(url: str) -> str:
    """Return the outlet's own domain in the address ("kompas.com" for "regional.kompas.com"); empty without a host.

    Below a public suffix (Public Suffix List: "co.id" and "blogspot.com" alike), each name is a separate outlet: one
    blog cannot claim to be another.
    """
    parts = split_url(url)
    return _find_registrable((parts.hostname or "").rstrip(".").lower()) if parts else ""


@lru_cache(4096)
def _find_registrable(host: str) -> str:
    last = host.rpartition(".")[2]
    return host if last.isdigit() else load_public_suffixes().privatesuffix(host) or host


def _normalize_path(path: str) -> str:
    path = re.sub(r"/{2,}", "/", path) or "/"
    while (shorter := _strip_amp(path)) != path:
        path = shorter
    return quote(unquote(path, errors="surrogateescape"), safe=_UNRESERVED_IN_PATH, errors="surrogateescape")


def _strip_amp(path: str) -> str:
    """Remove one AMP marker: /amp/berita/1/judul, /berita/1/judul/amp, /berita/1/judul.amp.html."""
    if "/amp/" in path or path.endswith("/amp"):
        if path[:5].lower() == "/amp/" and path[5:6] not in ("", "/"):
            return path[4:]
    elif not path.lower().endswith((".amp", ".amp.html", ".amp.htm")):
        return path
    suffix = _AMP_SUFFIX.search(path, max(0, len(path) - _AMP_SUFFIX_CHARS))
    return path[: suffix.start()] + path[suffix.end() :] or "/" if suffix else path


def _strip_tracking(query: str) -> str:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape", max_num_fields=50)
    except ValueError:
        return query
    return urlencode(sorted(pair for pair in pairs if not _is_tracking(pair[0])), errors="surrogateescape")


def _is_tracking(name: str) -> bool:
    name = name.lower()
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES)


def split_url(url: str) -> SplitResult | None:
    """Return the parts of the address, or None if it is invalid."""
    try:
        return urlsplit(url)
    except ValueError:
        return None


def is_web_address(url: str | None) -> bool:
    """Return whether the address may be a link: a page may claim any scheme, also one that runs a script."""
    return bool(find_web_host(url))


def find_web_host(url: str | None) -> str:
    """Return the host of an http(s) address without "www."; an empty string for any other address."""
    parts = split_url(url) if url else None
    return (parts.hostname or "").removeprefix("www.") if parts and parts.scheme in {"http", "https"} else ""


@lru_cache(4096)
def make_url_key(url: str) -> str:
    """Return the key of the article at this address: equal for all addresses known to lead to it."""
    parts = split_url(canonicalize_url(url))
    if parts is None or not parts.netloc:
        return "url:" + url.strip()
    path = _truncate_path(parts.path)
    query = parts.query
    if path not in ("", "/index.php"):
        pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
        kept = [(name, value) for name, value in pairs if not _is_page_number(name, value)]
        query = urlencode(kept, errors="surrogateescape")
    return f"url:{parts.netloc.removeprefix('www.')}{path}" + (f"?{query}" if query else "")


def _is_page_number(name: str, value: str) -> bool:
    return name.lower() in _PAGE and _PAGE_VALUE.fullmatch(value) is not None


def _truncate_path(path: str) -> str:
    """Truncate the path after the article's number, if it has one: editors change slugs, not numbers."""
    segments = path.rstrip("/").split("/")
    if len(segments) > 3 and _PART.fullmatch(segments[-1]) and _is_article_number(segments[-3]):
        segments.pop()  # "/20240306091527-20-1070001/judul/2" is a part of the article
    last = segments[-1]
    if len(segments) > 2 and _is_article_number(segments[-2]) and _SLUG.fullmatch(last):
        return "/".join(segments[:-1])
    for slug in (_NUMBERED_SLUG, _SLUG_NUMBERED):
        if (numbered := slug.fullmatch(last)) and _is_article_number(numbered[1]):
            return "/".join([*segments[:-1], numbered[1]])
    return "/".join(segments)


def _is_article_number(segment: str) -> bool:
    if _NUMBER_SEGMENT.fullmatch(segment) is None:
        return False
    return _DAY.fullmatch(segment) is None  # "/20190515/" contains many articles


def make_article_key(article: Article, *, owner: int | None = None) -> str:
    """Return the key under which an article is stored: its address's key, or without one a hash of title and text.

    The hash ignores case, punctuation and white space. `owner` is the chat that sent the text: it is part of the hash,
    so that another chat with the same text finds nothing.
    """
    if article.url:
        return make_url_key(article.url)
    words = _WORDS.findall(unicodedata.normalize("NFKC", f"{article.title} {article.text}").casefold())
    hashed = " ".join(words if owner is None else (f"{owner}:", *words))
    return "text:" + hashlib.sha256(hashed.encode("utf-8", "surrogatepass")).hexdigest()[:32]
