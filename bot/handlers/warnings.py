"""/peringatan: BMKG's earthquakes and weather warnings for the places of a chat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from telegram import CallbackQuery, ForceReply, Message

from bot.access.chat_admins import AdminAccess, authorise
from bot.access.guarded_store import Access
from bot.commands import read_argument
from bot.errors import TooManyPlaces, UnknownPlace, UnknownSeat
from bot.handlers.context import BotContext
from bot.handlers.replies import (
    Answer,
    answer_callback,
    button_handler,
    edit_callback_message,
    message_handler,
    reply,
    with_retries,
)
from bot.panel.subscriptions import read_topic_id
from bot.views.callbacks import shorten_name
from bot.views.html import OutgoingMessage
from bot.views.warnings import (
    WarningPress,
    WarningVerb,
    build_settings_keyboard,
    decode_warning_press,
    find_zone_of_places,
    render_warning_settings,
)
from summaries.model import OpenQuestion, Place, WarningSettings
from summaries.regions import find_region_by_name
from summaries.warnings.decisions import DISTANCES_KM, MAGNITUDES, MAX_PLACES
from summaries.warnings.places import make_location, make_place

# The kind of the open question for a place.
PLACE_QUESTION = "warning-place"

Change = Callable[[WarningSettings], WarningSettings]


@message_handler
async def peringatan(message: Message, context: BotContext) -> Answer:
    """Add the place to those of the chat; without an argument, show the settings."""
    if read_argument(message):
        target = await authorise(context.bot, message)
        return await add_place(message, read_place(read_argument(message)), target, context)
    return await show_settings(context, context.here)


def read_place(text: str) -> Place:
    """Return the regency or city that the text names.

    Raises:
        UnknownSeat: it names none.
    """
    region = find_region_by_name(text[:100])
    place = make_place(region) if region else None
    if place is None:
        raise UnknownSeat(text)
    return place


async def add_place(message: Message, place: Place, target: AdminAccess, context: BotContext) -> OutgoingMessage:
    """Add a place, or replace the one with the same name, and return the settings.

    Raises:
        TooManyPlaces: the chat has the most that there may be.
    """

    def add(current: WarningSettings) -> WarningSettings:
        others = tuple(one for one in current.places if one.name != place.name)
        if len(others) >= MAX_PLACES:
            raise TooManyPlaces(place.name)
        chat = replace(current.chat, thread_id=read_topic_id(message))
        return replace(current, chat=chat, places=(*others, place))

    await change_settings(target, add, context)
    return await show_settings(context, target)


async def change_settings(target: AdminAccess, change: Change, context: BotContext) -> None:
    services = context.services
    await services.store.warnings.change(target, change, now=services.now())
    # Warnings are sent later, when there is no app to take the language from.
    await services.languages.keep(target, context.words, now=services.now())


async def show_settings(context: BotContext, chat: Access) -> OutgoingMessage:
    services, words = context.services, context.words
    settings = await services.store.warnings.find(chat)
    current = await services.store.hazards.current(now=services.now()) if settings else ()
    subscription = await services.store.subscriptions.find(chat)
    zone = context.zone if subscription else find_zone_of_places(settings) or context.zone
    text = render_warning_settings(words, settings, current, zone=zone, now=services.now())
    return OutgoingMessage(text, build_settings_keyboard(words, settings))


@button_handler
async def press_warning_button(query: CallbackQuery, message: Message, context: BotContext) -> Answer:
    """Carry out a press below the settings, and edit them; below a warning, send the settings."""
    press = decode_warning_press(query.data)
    if press is not None and press.verb is WarningVerb.VIEW:
        await answer_callback(query)
        await reply(message, await show_settings(context, context.here))
        return None
    target = await authorise(context.bot, query)
    change = read_change(press) if press else None
    if press is None or change is None:
        return context.words.text("This button is out of date.")
    if press.verb is WarningVerb.ASK:
        await answer_callback(query)
        await ask_place(query, message, target, context)
        return None
    async with context.services.locks.hold(message.chat_id):
        if press.verb is WarningVerb.STOP:
            await context.services.store.warnings.remove(target)
        elif await context.services.store.warnings.find(target) is not None:
            await change_settings(target, change, context)
    await answer_callback(query)
    await edit_callback_message(message, await show_settings(context, target))
    return None


def read_change(press: WarningPress) -> Change | None:
    """Return the change that the press makes; None if the settings do not offer its value, which may be forged."""
    number = int(press.value) if press.value.isdecimal() else -1
    match press.verb:
        case WarningVerb.DROP:
            return partial(drop_place, hashed=press.value)
        case WarningVerb.MAGNITUDE if number in {0, *MAGNITUDES}:
            return lambda current: replace(current, min_magnitude=float(number) if number else None)
        case WarningVerb.DISTANCE if number in DISTANCES_KM:
            return lambda current: replace(current, max_km=number)
        case WarningVerb.WEATHER if number in {0, 1}:
            return lambda current: replace(current, has_weather=bool(number))
        case WarningVerb.WAKE if number in {0, 1}:
            return lambda current: replace(current, wakes=bool(number))
        case WarningVerb.VIEW | WarningVerb.ASK | WarningVerb.STOP:
            return lambda current: current
        case _:
            return None


def drop_place(current: WarningSettings, hashed: str) -> WarningSettings:
    return replace(current, places=tuple(one for one in current.places if shorten_name(one.name) != hashed))


async def ask_place(query: CallbackQuery, message: Message, target: AdminAccess, context: BotContext) -> None:
    """Ask for a place, and store the question."""
    services = context.services
    text = context.words.html("Which regency or city? For example: <b>Kota Malang</b>. A location works too.")
    is_group = message.chat_id < 0
    if is_group:
        # Only the mentioned person sees the input field.
        text = f"{query.from_user.mention_html()}: {text}"
    below = ForceReply(selective=is_group)
    sent = await with_retries(partial(message.reply_html, text, reply_markup=below, allow_sending_without_reply=True))
    await services.store.questions.ask(
        context.here,
        target,
        PLACE_QUESTION,
        message_id=sent.message_id,
        panel_id=message.message_id,
        now=services.now(),
    )


async def add_place_with_answer(message: Message, question: OpenQuestion, context: BotContext) -> Answer:
    """Add the place that the answer names, or the location that was sent; if it is unknown, the question stays open.

    Raises:
        UnknownPlace, UnknownSeat, TooManyPlaces: the place cannot be added.
    """
    target = await authorise(context.bot, message, question.target_id)
    if message.location is not None:
        found = make_location(message.location.latitude, message.location.longitude)
        if found is None:
            raise UnknownPlace("abroad")
        region, place = found
        near = context.words.text("near {place}", place=region.name)
        place = replace(place, name=near)
    else:
        place = read_place(message.text or message.caption or "")
    async with context.services.locks.hold(message.chat_id):
        shown = await add_place(message, place, target, context)
        await context.services.store.questions.close(context.here, question)
    return shown
