"""The regions of articles: invented headlines and first sentences, most of them with names that mislead."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.regions import find_regions, load_regions


def names(title: str, text: str = "", place: str | None = None) -> set[str]:
    return {region.name for region in find_regions(title, text, place)}


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        # The place in the headline.
        ("Jembatan Gantung di Trenggalek Putus", "", {"Jawa Timur", "Kabupaten Trenggalek"}),
        ("Pemprov Kalsel Tambah Dokter di Puskesmas", "", {"Kalimantan Selatan"}),
        ("DPRD Babel Bahas Pajak Air", "", {"Kepulauan Bangka Belitung"}),
        ("Gempa Guncang Jogja", "", {"DI Yogyakarta"}),
        ("GEMPA GUNCANG AMBON", "", {"Maluku", "Kota Ambon"}),
        ("Hujan Lebat di Jatim-Jateng", "", {"Jawa Timur", "Jawa Tengah"}),
        # The place in the first sentence, or in the second with its province.
        (
            "Warga Gotong Royong Bersihkan Sungai",
            "Ratusan warga Kabupaten Blora, Jawa Tengah, membersihkan sungai.",
            {"Jawa Tengah", "Kabupaten Blora"},
        ),
        (
            "Harga Cabai Naik Lagi",
            "Harga cabai naik. Di Pasar Wonosari, Kabupaten Gunungkidul, DI Yogyakarta, harganya Rp80 ribu.",
            {"DI Yogyakarta", "Kabupaten Gunungkidul"},
        ),
        # Several regencies.
        (
            "Dua Kabupaten Terendam",
            "Banjir melanda Kabupaten Demak dan Grobogan, Jawa Tengah.",
            {"Jawa Tengah", "Kabupaten Demak", "Kabupaten Grobogan"},
        ),
        (
            "Panen Garam di Madura Melimpah",
            "",
            {"Jawa Timur", "Kabupaten Bangkalan", "Kabupaten Sampang", "Kabupaten Pamekasan", "Kabupaten Sumenep"},
        ),
        ("Pasar Apung Lombok Dibuka", "", {"Nusa Tenggara Barat"}),
    ],
)
def test_places(title: str, text: str, expected: set[str]) -> None:
    assert names(title, text) == expected


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        # A city and a regency.
        ("Wali Kota Malang Lantik Camat", "", {"Jawa Timur", "Kota Malang"}),
        ("Bupati Malang Lantik Camat", "", {"Jawa Timur", "Kabupaten Malang"}),
        ("Angkot Malang Mogok", "Sopir angkot di Kota Malang mogok.", {"Jawa Timur", "Kota Malang"}),
        (
            "Truk Terguling di Malang",
            "Truk terguling di Kepanjen, Kabupaten Malang.",
            {"Jawa Timur", "Kabupaten Malang"},
        ),
        (
            "Pasar Semarang Terbakar",
            "Pasar di Ungaran, Kabupaten Semarang, terbakar.",
            {"Jawa Tengah", "Kabupaten Semarang"},
        ),
        ("Polres Blitar Kota Sita Petasan", "", {"Jawa Timur", "Kota Blitar"}),
        ("Warga Mojokerto Panen Lele", "", {"Jawa Timur"}),
        # The same name in two provinces, or of a province and a city.
        (
            "Kebakaran di Banjar",
            "Api membakar kios di Martapura, Kabupaten Banjar, Kalsel.",
            {"Kalimantan Selatan", "Kabupaten Banjar"},
        ),
        ("Kebakaran di Kota Banjar", "Api membakar kios di Kota Banjar, Jawa Barat.", {"Jawa Barat", "Kota Banjar"}),
        ("Tari Adat Banjar Ditampilkan di Festival", "", set()),
        ("Gubernur Jambi Buka Pasar Murah", "", {"Jambi"}),
        ("Wali Kota Jambi Buka Pasar Murah", "", {"Jambi", "Kota Jambi"}),
        ("Gubernur Kepulauan Riau Buka Pasar Murah", "", {"Kepulauan Riau"}),
        ("Gubernur Riau Buka Pasar Murah", "", {"Riau"}),
        (
            "Kebakaran di Kuningan",
            "Gedung di Kuningan, Jakarta Selatan, terbakar.",
            {"DKI Jakarta", "Kota Administrasi Jakarta Selatan"},
        ),
        (
            "Longsor di Kuningan",
            "Longsor terjadi di Kabupaten Kuningan, Jawa Barat.",
            {"Jawa Barat", "Kabupaten Kuningan"},
        ),
        (
            "Longsor di Ruteng",
            "Longsor terjadi di Kabupaten Manggarai.",
            {"Nusa Tenggara Timur", "Kabupaten Manggarai"},
        ),
        # A longer name.
        (
            "Pabrik di Morowali Utara Terbakar",
            "Pabrik di Morowali terbakar.",
            {"Sulawesi Tengah", "Kabupaten Morowali Utara"},
        ),
        ("Warga Tangerang Selatan Panen Lele", "", {"Banten", "Kota Tangerang Selatan"}),
        ("Warga Papua Barat Daya Panen Sagu", "", {"Papua Barat Daya"}),
        (
            "Baku Tembak di Papua",
            "Baku tembak terjadi di Kabupaten Puncak, Papua Tengah.",
            {"Papua Tengah", "Kabupaten Puncak"},
        ),
    ],
)
def test_ambiguous_names(title: str, text: str, expected: set[str]) -> None:
    assert names(title, text) == expected


@pytest.mark.parametrize(
    "title",
    [
        "Rumah di Jalan Surabaya Dilelang",
        "Rumah di Jalan Semeru Dilelang",
        "Antrean di Tol Jakarta-Cikampek",
        "Kota Wisata Puncak Macet",
        "Antrean di Jalan Raya Bogor",
        "Resep Soto Lamongan yang Gurih",
        "Lima Warung Nasi Padang Termurah",
        "Persib Bandung Datangkan Kiper Baru",
        "Bali United Kalah Lagi",
        "Arema FC Vs Persik Kediri",
        "PSIM Yogyakarta Tunjuk Pelatih",
        "Presiden Kembali ke Tanah Air",
        "Nasib Malang Seorang Pelaut",
        "Rudal Iran Serang Israel",
        "Polisi Buru Pelaku Penipuan",
        "Harga Batu Bara Turun",
        "Batu Ginjal dan Gejalanya",
        "Kendaraan untuk Segala Medan",
        "Kapolda Metro Jaya Rotasi Pejabat",
        "Papua Nugini Gelar Pemilu",
        "Konser Solo Perdana Raisa",
        "Dari Sabang sampai Merauke, Warga Rayakan Kemerdekaan",
        "Pameran Hadir di 10 Kota, dari Aceh hingga Papua",
        "Roh Kudus dalam Tradisi Gereja",
        "Kapal Asing di Selat Malaka",
        "Guru Besar Universitas Indonesia Bicara soal Inflasi",
        "malang benar nasibnya",
        "Puteri Indonesia Jawa Tengah Berbagi Resep",
        "KRI Banda Aceh Berlayar ke Fiji",
    ],
)
def test_names_that_are_no_places(title: str) -> None:
    assert names(title) == set()


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("BI Tahan Suku Bunga", "Jakarta (ANTARA) - Bank Indonesia menahan suku bunga."),
        ("BI Tahan Suku Bunga", "Bank Indonesia menahan suku bunga, kata Perry di Jakarta, Selasa."),
        ("Menteri Ancam Cabut Izin Importir", "SURABAYA, KOMPAS.com - Menteri Pertanian mengancam importir nakal."),
        ("Aturan Impor Diubah", "Aturan impor diubah, kata Budi saat ditemui di Makassar, Senin (3/2/2025)."),
        (
            "Presiden Ungkap Nilai Aset Negara",
            "Presiden mengungkap nilai aset saat menghadiri panen raya di Kebumen, Jawa Tengah.",
        ),
        ("Munas Pengusaha Pilih Ketua", "Ketua terpilih dalam munas di Hotel Sahid, Jakarta Pusat, Rabu (18/6/2025)."),
        ("Hakim Tolak Gugatan Partai", "Hakim PN Jakarta Pusat menolak gugatan partai itu."),
        ("PSBB Jawa Bali Berakhir", "Pembatasan di Jawa dan Bali berakhir."),
        ("Atlet Ini Juara Dunia", "Atlet asal Malang itu menang di Paris."),
    ],
)
def test_places_of_national_news(title: str, text: str) -> None:
    assert names(title, text) == set()


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        (
            "Banjir Rendam Tebet",
            "Banjir merendam Tebet, Jakarta Selatan.",
            {"DKI Jakarta", "Kota Administrasi Jakarta Selatan"},
        ),
        ("Pemprov DKI Tambah Bus", "", {"DKI Jakarta"}),
        ("Aplikasi Kota Diperbarui", "Diskominfo DKI Jakarta memperbarui aplikasi.", {"DKI Jakarta"}),
        ("Bus Mogok, Penumpang Turun", "Bus Transjakarta mogok di Petukangan.", {"DKI Jakarta"}),
        (
            "Turis Ditipu di Labuan Bajo, Pria Bekasi Jadi Tersangka",
            "",
            {"Nusa Tenggara Timur", "Kabupaten Manggarai Barat"},
        ),
        ("Pria Bekasi Tewas", "", {"Jawa Barat", "Kota Bekasi"}),
        (
            "Sumur Bor di Lampung Utara",
            "Sumur dibuat di Kecamatan Abung Surakarta, Kabupaten Lampung Utara.",
            {"Lampung", "Kabupaten Lampung Utara"},
        ),
        ("Camat Tayu Pati Didemo", "", {"Jawa Tengah", "Kabupaten Pati"}),
        (
            "Macan Masuk Kampung",
            "Seekor macan masuk kampung di Batang, warga resah.",
            {"Jawa Tengah", "Kabupaten Batang"},
        ),
        ("Petani Kopi Temanggung Panen", "", {"Jawa Tengah", "Kabupaten Temanggung"}),
        ("Pasar Ikan Kendari Diperluas", "", {"Sulawesi Tenggara", "Kota Kendari"}),
        ("Truk Terbakar di Tol Boyolali", "", {"Jawa Tengah", "Kabupaten Boyolali"}),
        ("Kafe Baru di Jalan Malioboro", "Kafe di Jalan Malioboro dibuka.", {"DI Yogyakarta", "Kota Yogyakarta"}),
        ("YayasanAl Hikmah Bekasi Digugat", "", {"Jawa Barat", "Kota Bekasi"}),
        ("Bupati Ditahan", "Bupati KolakaTimur ditahan.", {"Sulawesi Tenggara", "Kabupaten Kolaka Timur"}),
    ],
)
def test_names_that_decide_nevertheless(title: str, text: str, expected: set[str]) -> None:
    assert names(title, text) == expected


def test_dateline_of_a_regency_supports_a_name_in_the_text() -> None:
    text = "Petani menanam padi. Sawah di Kalianda subur. Panen tiga kali setahun."
    assert names("Petani Tanam Padi", text) == set()
    assert names("Petani Tanam Padi", text, place="Lampung Selatan") == {"Lampung", "Kabupaten Lampung Selatan"}
    assert names("Petani Tanam Padi", f"Lampung Selatan (ANTARA) - {text}") == {"Lampung", "Kabupaten Lampung Selatan"}


def test_a_list_of_many_provinces_has_no_region() -> None:
    provinces = [region.name for region in load_regions().values() if region.is_province][:9]
    assert names("Prakiraan Cuaca", f"Hujan turun di {', '.join(provinces)}.") == set()


def test_a_province_precedes_its_regencies() -> None:
    assert [one.code for one in find_regions("Banjir di Sleman dan Bantul", "")] == ["34", "34.02", "34.04"]


@given(st.text(max_size=400), st.text(max_size=3_000), st.none() | st.text(max_size=40))
def test_any_text_is_read(title: str, text: str, place: str | None) -> None:
    find_regions(title, text, place)


WORDS = ("Kota", "Kabupaten", "Malang", "Banjar", "di", ",", "(", "dan", "-", ".", "Senin", "kata", "Papua", "Jakarta")


@given(st.lists(st.sampled_from(WORDS), max_size=300).map(" ".join))
def test_any_order_of_names_is_read(text: str) -> None:
    provinces = {one.code for one in find_regions(text, text) if one.is_province}
    assert {one.province for one in find_regions(text, text)} == provinces


def test_cost_does_not_grow_with_the_text() -> None:
    names("Malang")  # loads the data
    began = process_time()
    for piece in ("Malang ", "Kota Malang, ", "Jakarta-Bandung ", "A", "(", "di Kabupaten Banjar, Senin ("):
        names(piece * 100_000, piece * 100_000)
    assert process_time() - began < 1
