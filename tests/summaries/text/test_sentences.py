"""Sentences of news text: every case is written for this test."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.text.sentences import find_sentences, split_sentences

ONE = [
    "Prof. Dr. H. Slamet Wibowo, M.Si. memberi kuliah umum di aula.",
    "Kantor itu pindah ke Jl. Melati No. 7 sejak Maret.",
    "PT. Sumber Makmur Tbk. (SMKR) menaikkan harga gas.",
    "Anggaran naik menjadi Rp. 2,5 T. menurut panitia.",
    "Rapat dimulai pukul 10.05 WIB di Gedung C, Selasa (14/5).",
    "Budi dkk. berangkat a.n. koperasi desa.",
    "Aman Resources Pte. Ltd. membeli lahan.",
    "Kalau begini terus..., siapa yang mau datang?",
    "Lihat psl. 12 hlm. 3 tentang parkir.",
    '"Kami siap. Semua sudah dicek," kata Rina.',
    'Ia bertanya, "Benarkah begitu? Saya belum dengar," lalu pergi.',
    "Situs tokobuku.co.id dan detik.com sempat mati.",
    "Menurut Joko W. Santosa, hasilnya baik.",
    "Yang ikut (termasuk PT. Angin Laut. Mereka datang lambat) mendapat kursi.",
    "1. Buka aplikasi lalu tekan tombol merah.",
    "Ph. D. pertamanya diraih di Leiden.",
    "Menurut Ivan C. Permana, hasilnya baik.",
    "Dokter Slamet, Sp. OT. memeriksa mereka.",
    "Setiap orang dilarang: a. Merokok di kelas; b. Membawa senjata.",
    "Korban tinggal di RT. 05/RW. 02 sejak lahir.",
    "Dari rilis KabarDesa. Com, lagu itu terbit.",
    'Ia datang. "',
]


@pytest.mark.parametrize("text", ONE)
def test_single_sentence_is_not_split(text: str) -> None:
    assert split_sentences(text) == [text]


PARTED = [
    ("Ia lahir di Jl. Mawar.", "Ayahnya guru."),
    ("Acara dihadiri bupati, camat, dll.", "Warga ikut menonton."),
    ("Harga saham Sumber Makmur Tbk.", "Dia optimistis."),
    ("Gelarnya S.H. dan M.H.", "Menurut dia, itu cukup."),
    ('"Kami siap," kata Rina.', '"Mari mulai."'),
    ("Siapa yang menang?", "Belum ada yang tahu!", "Juri diam…", "Penonton bubar."),
    ("Kapal tiba pukul 7.", "20 orang turun."),
    ("Golnya dua (2-0).", "iPhone itu hilang."),
    ("Ponsel itu dijual di Indonesia.", "vivo V60 memakai baterai besar."),
    ("Ponsel itu dijual di Indonesia.", "lumina L60 menyusul.", "arta GT 7 belum."),
    ('Ia berkata, "Cukup."', "Lalu pergi."),
    ("Ia tidur lama.”", "Begitu kata ibunya."),
    ('"Kami siap. Semua oke. "', "Rina pulang."),
    ("Mereka menyebutnya ' hukuman. '", "Kepala desa diam."),
    ("Ia pindah ke Serie A.", "Pelatih menyesal."),
    ("Mereka memimpin Desaku.id.", "Dana itu habis."),
]


@pytest.mark.parametrize("parts", PARTED)
def test_sentences_are_split(parts: tuple[str, ...]) -> None:
    assert split_sentences(" ".join(parts)) == list(parts)


def test_missing_space_after_a_full_stop_still_splits() -> None:
    assert split_sentences("Begitu kata dia.Namun polisi diam.") == ["Begitu kata dia.", "Namun polisi diam."]


def test_line_breaks_always_split() -> None:
    assert split_sentences("Judul tanpa titik\n\nlalu paragraf") == ["Judul tanpa titik", "lalu paragraf"]


def test_english_sentences_are_split() -> None:
    assert split_sentences("It works at 5 p.m. The shop then closes.", "en") == [
        "It works at 5 p.m.",
        "The shop then closes.",
    ]


@given(st.text(alphabet=st.sampled_from('aB1 .,!?…"“”()\n-–\u00a0\u200bé😀'), max_size=80) | st.text(max_size=60))
def test_only_whitespace_is_lost(text: str) -> None:
    spans = find_sentences(text)
    covered = "".join("".join(text[s.start : s.end].split()) for s in spans)
    assert covered == "".join(text.split())
    assert all(text[s.start : s.end] == text[s.start : s.end].strip() != "" for s in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))


@pytest.mark.timeout(20)
@pytest.mark.parametrize("text", [" " * 100_000, '"a. ' * 20_000, ". " * 50_000, "(a. B " * 20_000, "a\n" * 50_000])
def test_hostile_text_costs_no_more_than_long_text(text: str) -> None:
    spans = find_sentences(text)
    assert sum(s.end - s.start for s in spans) <= len(text)
