"""Operators edit stories in the chat; presses and answers of anybody else do nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from bot.views.story_edits import EditAction, EditPress, decode_edit_press
from tests.bot.stage import Json, Stage, list_buttons, open_stage

OPERATOR, READER, GROUP = 2001, 2002, -1001
PLACES: tuple[Json, ...] = (
    {"type": "private", "chat_id": OPERATOR},
    {"type": "private", "chat_id": READER},
    {"type": "supergroup", "chat_id": GROUP},
)
# Three outlets on one earthquake, and one on another event.
SAMPLES = ("gempa-teluk-nara", "gempa-teluk-nara-susulan", "gempa-batu-lonceng-warga", "posyandu-lansia-pulau")
OUT_OF_DATE = "Tombol ini sudah tidak berlaku."
EDIT = "Kelola berita"


@pytest_asyncio.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(tmp_path, PLACES, admin_ids=frozenset({OPERATOR})) as made:
        await made.add_samples(SAMPLES)
        yield made


class Operator:
    """An operator with the message in which they edit the first article's story."""

    def __init__(self, stage: Stage, message: Json) -> None:
        self.stage = stage
        self.message = message
        self.note: str | None = None

    @classmethod
    async def open(cls, stage: Stage, name: str = SAMPLES[0]) -> Operator:
        (answer,) = await stage.say(OPERATOR, OPERATOR, f"https://berita.example/{name}")
        operator = cls(stage, answer.result)
        await operator.press(EDIT)
        return operator

    @property
    def buttons(self) -> dict[str, str]:
        return list_buttons(self.message)

    async def press(self, label: str) -> str:
        """Press the button, and return the text of the message."""
        calls = await self.stage.press(self.message, OPERATOR, self.buttons[label])
        (answered,) = [call for call in calls if call.method == "answerCallbackQuery"]
        (edited,) = [call for call in calls if call.method == "editMessageText"]
        self.note = answered.parameters.get("text")
        self.message = edited.result
        return edited.shown

    async def members(self) -> list[tuple[int, ...]]:
        """Return the articles of each story."""
        store = self.stage.app.bot_data.services._store
        found = [await store.story_edits.coverage(n) for n in range(1, len(SAMPLES) + 1)]
        return sorted({tuple(report.article_id for report in coverage) for coverage in found})

    async def edits(self) -> list[tuple[str, int | None, bool]]:
        """Return the kind and the operator of each decision, and whether it is in effect; the oldest first."""
        found = await self.stage.app.bot_data.services._store.story_edits.list_edits(limit=9)
        return [(str(edit.kind), edit.admin_id, edit.undone_at is None) for edit in reversed(found)]


async def test_operator_splits_a_story_and_undoes_it(stage: Stage) -> None:
    operator = await Operator.open(stage)
    assert list(operator.buttons) == ["1", "2", "3", "Sembunyikan", "Gabungkan", "Kembali ke ringkasan"]
    await operator.press("1")
    await operator.press("3")
    await operator.press("1 ✓")
    assert "Pisahkan 1 artikel" in operator.buttons
    await operator.press("2")
    await operator.press("Pisahkan 2 artikel")
    assert operator.note == "Keputusan 1 tersimpan."
    assert await operator.members() == [(1,), (2, 3), (4,)]
    assert list(operator.buttons) == ["Sembunyikan", "Gabungkan", "Urungkan pemisahan", "Kembali ke ringkasan"]
    await operator.press("Urungkan pemisahan")
    assert operator.note == "Keputusan 1 diurungkan."
    assert await operator.members() == [(1, 2, 3), (4,)]
    assert await operator.edits() == [("split", OPERATOR, False)]
    summary = await operator.press("Kembali ke ringkasan")
    assert EDIT in operator.buttons
    assert "Liputan (3)" in operator.buttons
    assert summary


async def test_hidden_story_leaves_the_lists_and_its_link_still_works(stage: Stage) -> None:
    operator = await Operator.open(stage)
    assert "disembunyikan (1)" in await operator.press("Sembunyikan")
    (listed,) = await stage.say(READER, READER, "/berita")
    assert "posyandu" in listed.shown.casefold()
    assert "gempa" not in listed.shown.casefold()
    (answer,) = await stage.say(READER, READER, f"https://berita.example/{SAMPLES[0]}")
    assert "gempa" in answer.shown.casefold()
    labels = list_buttons(answer.result)
    assert not [label for label in labels if "Liputan" in label or label in {EDIT, "Ikuti"}]
    # An old button does not follow it either, and operators see no such button.
    await stage.press(answer.result, READER, "f1:1:y")
    assert stage.rows()["watches"] == []
    (answer,) = await stage.say(OPERATOR, OPERATOR, f"https://berita.example/{SAMPLES[0]}")
    assert "Ikuti" not in list_buttons(answer.result)
    # The operator still finds the whole story, also in a new message.
    again = await Operator.open(stage)
    await again.press("Tampilkan lagi")
    assert again.note == "Keputusan 1 diurungkan."
    assert await operator.edits() == [("hide", OPERATOR, False)]
    (listed,) = await stage.say(READER, READER, "/berita")
    assert "gempa" in listed.shown.casefold()


@pytest.mark.parametrize("answer", ["4", "id 4", f"https://berita.example/{SAMPLES[3]}", "https://t.me/bot?start=s4"])
async def test_operator_merges_stories(stage: Stage, answer: str) -> None:
    operator = await Operator.open(stage)
    calls = await stage.press(operator.message, OPERATOR, operator.buttons["Gabungkan"])
    (question,) = [call.result for call in calls if call.method == "sendMessage"]
    for wrong in ("1", "999", "https://berita.example/lain", "apa saja"):
        (refused,) = await stage.say(OPERATOR, OPERATOR, wrong, reply_to_message=question)
        assert refused.shown == "Tidak ada berita lain di sana. Jawab dengan tautan atau ID artikel."
    (done,) = await stage.say(OPERATOR, OPERATOR, answer, reply_to_message=question)
    assert "digabungkan (1)" in done.shown
    assert await operator.members() == [(1, 2, 3, 4)]
    assert await operator.edits() == [("merge", OPERATOR, True)]
    operator.message = done.result
    await operator.press("Urungkan penggabungan")
    assert await operator.members() == [(1, 2, 3), (4,)]


async def test_number_without_a_reply_answers_the_question_and_a_link_does_not(stage: Stage) -> None:
    operator = await Operator.open(stage)
    await stage.press(operator.message, OPERATOR, operator.buttons["Gabungkan"])
    (summary,) = await stage.say(OPERATOR, OPERATOR, f"https://berita.example/{SAMPLES[3]}")
    assert "posyandu" in summary.shown.casefold()
    assert await operator.edits() == []
    (done,) = await stage.say(OPERATOR, OPERATOR, "4")
    assert "digabungkan (1)" in done.shown


async def test_press_on_a_story_that_has_changed_does_nothing(stage: Stage) -> None:
    one, other = await Operator.open(stage), await Operator.open(stage)
    await one.press("1")
    await other.press("2")
    await one.press("Pisahkan 1 artikel")
    await other.press("Pisahkan 1 artikel")
    assert other.note == "Berita ini sudah berubah. Periksa lagi."
    assert await one.edits() == [("split", OPERATOR, True)]


async def test_forged_presses_and_answers_do_nothing(stage: Stage) -> None:
    operator = await Operator.open(stage)
    await operator.press("1")
    stolen = {**operator.buttons}
    calls = await stage.press(operator.message, OPERATOR, stolen["Gabungkan"])
    (question,) = [call.result for call in calls if call.method == "sendMessage"]
    (own,) = await stage.say(READER, READER, f"https://berita.example/{SAMPLES[0]}")
    assert EDIT not in list_buttons(own.result)
    answer_id = int(next(iter(list_buttons(own.result).values())).split(":")[1], 16)
    press = decode_edit_press(stolen["1 ✓"])
    assert press is not None
    forged = [*stolen.values(), *(replace(press, answer_id=answer_id, action=action).encode() for action in EditAction)]
    group = await stage.posted(GROUP)
    for data in forged:
        if data.startswith("v1:"):
            # In the reader's own chat, below the operator's message, and by the operator in a group.
            for message, user_id in ((own.result, READER), (operator.message, READER), (group, OPERATOR)):
                calls = await stage.press(message, user_id, data)
                assert [(call.method, call.parameters.get("text")) for call in calls] in (
                    [("answerCallbackQuery", OUT_OF_DATE)], [],
                )  # fmt: skip
    # The operator's press with an answer of another chat.
    calls = await stage.press(
        operator.message, OPERATOR, EditPress(answer_id, EditAction.HIDE, 0, press.state).encode()
    )
    assert [call.parameters.get("text") for call in calls] == [OUT_OF_DATE]
    await stage.say(READER, READER, "4", reply_to_message=question)
    assert await operator.edits() == []
    assert await operator.members() == [(1, 2, 3), (4,)]


@pytest.mark.parametrize(
    "data", ["v1:", "v1:zz:o0:0", "v1:1:x0:0", "v1:1:o0", f"v1:1:o{'f' * 16}:0", "v1:1:o0:123456789"]
)
def test_malformed_data_is_no_press(data: str) -> None:
    assert decode_edit_press(data) is None


def test_press_is_encoded_in_64_bytes() -> None:
    press = EditPress(16**15 - 1, EditAction.UNDO, 16**15 - 1, 2**32 - 1)
    assert len(press.encode()) <= 64
    assert decode_edit_press(press.encode()) == press
