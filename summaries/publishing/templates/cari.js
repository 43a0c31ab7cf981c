// Search the stories of one day after the other, the latest first, without a server.
const MAX_FOUND = 50;
const words = (new URLSearchParams(location.search).get("q") ?? "").toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
const status = document.getElementById("hasil");
const list = document.getElementById("temuan");

// Indonesian words have prefixes and suffixes, so a longer word is found inside others too.
const has = (text, word) => (word.length > 3 ? text.includes(word) : ` ${text}`.includes(` ${word}`));

async function load(name) {
  const response = await fetch(`cari/${name}.json`);
  if (!response.ok) throw new Error(name);
  return response.json();
}

function show([id, title, outlets], day) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = `berita/${Number(id)}.html`;
  link.textContent = title;
  const byline = document.createElement("span");
  byline.className = "byline";
  const date = new Date(`${day}T00:00Z`).toLocaleDateString("id-ID", { dateStyle: "long", timeZone: "UTC" });
  byline.textContent = ` ${[...outlets.slice(0, 3), date].join(" · ")}`;
  item.append(link, byline);
  list.append(item);
}

async function search() {
  document.getElementById("kata").value = words.join(" ");
  status.textContent = "Mencari…";
  for (const day of await load("hari")) {
    for (const story of await load(day)) {
      const text = `${story[1]} ${story[2].join(" ")} ${story[3]}`.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ");
      if (!words.every((word) => has(text, word))) continue;
      show(story, day);
      if (list.childElementCount === MAX_FOUND) {
        status.textContent = `${MAX_FOUND} berita terbaru yang cocok. Tambahkan kata untuk mempersempit.`;
        return;
      }
    }
  }
  const found = list.childElementCount;
  status.textContent = found ? `${found} berita ditemukan.` : "Tidak ada berita dengan kata itu. Coba kata lain.";
}

if (words.length) {
  search().catch(() => {
    status.textContent = "Pencarian belum bisa dimuat. Coba lagi, atau pilih hari di bawah.";
  });
} else {
  status.textContent = "Tulis satu kata atau lebih di atas.";
}
