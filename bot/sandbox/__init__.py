"""A local stand-in for Telegram's Bot API and its users, at least as strict as Telegram. It imports nothing of the bot.

The bot's side has Telegram's addresses: `/bot<token>/<method>`, `/bot<token>/test/<method>`, `/file/bot<token>/<path>`.
Every call is checked against the API's description (aiogram's source), and text is parsed by Telegram's own parser
(TDLib). A valid call that is not simulated is refused with "… is not simulated", never silently accepted.

The user's side is JSON over HTTP. `?bot=ID` selects one of several bots; the default is the first. Errors are
`{"error": "…"}` with status 400 or 404. The default user is the reader, id 1001.

POST /sim/messages   {chat_id?, user_id?, text | document {file_name, mime_type, content_base64} |
                     photo {content_base64} | location {latitude, longitude}, reply_to_message_id?,
                     message_thread_id?, is_anonymous? (an administrator in the supergroup's name),
                     forward_from_channel? {title?, username?, chat_id?, message_id?}}
                     → the message as the bot sees it, with `sandbox` {message_ids, event}. A text over 4096
                     units is sent as several messages, as Telegram's apps do; the last one is returned.
PUT /sim/messages    {chat_id?, message_id, text}: a person edits their message → the same
POST /sim/press      {chat_id?, user_id?, message_id, button: text or data, times?} → {callback_query_id, event},
                     {url} for a link, {message_id, event} for a reply keyboard. `times` presses reach the bot
                     together. Only visible buttons can be pressed.
                     forged_data instead of button simulates a modified client, under a message of the bot
                     or under an inline card.
GET /sim/wait        ?chat_id&after_message_id|after_event&timeout_s&settle_s: wait until the bot has taken all
                     updates, answered in the chat, stopped typing and been quiet for settle_s →
                     {timed_out, answered, messages, toasts, event}. Without `after…` the answer covers
                     everything since the user's last action there. `is_new` is false for an edited message.
GET /sim/feed        ?chat_id&after_event&timeout_s: the same, as soon as anything has changed
POST /sim/inline     {query, user_id?, offset?, timeout_s?} → {inline_query_id, timed_out, results, …}
POST /sim/drop       {inline_query_id, result_id, chat_id?, user_id?}: send a card of that answer → like /sim/messages
GET /sim/chats       every chat; GET /sim/chats/{id}: one chat with its messages as displayed
POST /sim/chats      {type: group|supergroup|forum|channel, chat_id?, title?, username?, members? [ids],
                     admins? [ids], bot_status?, bot_rights?} or {type: private, chat_id?, count?, has_started?}.
                     The bot gets no update about it.
POST /sim/chats/{id}/{event}  with the updates that Telegram sends for it: block unblock deactivate;
                     add leave kick promote demote restrict {user_id?, by?, rights?} (the bot itself without
                     user_id); migrate; topic {name}; close_topic reopen_topic delete_topic {message_thread_id};
                     delete_message {message_id}; hide_message {message_id} (users still see it, the bot does not)
POST /sim/users      {user_id?, first_name?, last_name?, username?, language_code?}
/sim/faults          POST one or a list of {kind, count?, method?, chat_id?}, GET the remaining ones, DELETE all. Kinds:
                     status {code, description, parameters, body: raw HTML instead}, delay {seconds},
                     reset_during (the request is not read to its end and not recorded), reset_before,
                     reset_after, hang. Without a method it matches every method but getUpdates.
/sim/clock           GET {now, ahead_s}; ?known_ahead_s&timeout_s waits until the clock is moved. PUT {forward_s}
GET /sim/calls       ?method&since (a call's number): every call, its validity, problem, status and response
GET /sim/breaks      the calls that break the API's schema: method or parameter unknown, missing, of a wrong type
GET /sim/commands    the command menus
/sim/limits          GET, PUT {is_on?, overall_per_s?, chat_per_s?, chat_burst?, group_per_minute?, edit_burst?,
                     paid_per_s?, stars? (the bot's balance for paid broadcasts)}
POST /sim/reset      {everything?}: clear all state except the bot's setup (menus, webhook)
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
